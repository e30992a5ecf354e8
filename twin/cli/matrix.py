"""Commands about the Matrix account: log in once, have the device trusted, log out."""

import asyncio
import getpass
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from storage.errors import InputError, TwinError
from twin.cli.base import CommandContext, command
from twin.cli.output import confirm, hint

if TYPE_CHECKING:  # the library loads slowly, and only these commands need it
    from twin.connectors.matrix.account import Account

_RECOVERY_KEY = "Your recovery key, so that friends' apps trust this device"
_VERIFIED = "Device {device} is signed: friends' apps trust it."
matrix_app = typer.Typer(help="The Matrix account that the twin answers for: log in or out.")


@command(matrix_app)
def login(
    session: CommandContext,
    user: Annotated[str, typer.Argument(metavar="USER", help="You, as in @sam:example.org.")],
    homeserver: Annotated[
        str, typer.Option(metavar="URL", help="The server's address, if it can't be found.")
    ] = "",
    token: Annotated[
        bool,
        typer.Option("--token", help="Paste an access token instead of giving the password."),
    ] = False,
) -> None:
    """Log in once; the login is kept in the data folder, readable by you alone."""
    from twin.connectors.matrix import CONNECTOR
    from twin.connectors.matrix.account import load_account, save_account
    from twin.connectors.matrix.login import checked_address, find_homeserver

    data = session.config.data
    before = load_account(data)
    if before is not None and before.user_id != user:
        raise InputError(f"{before.user_id} is logged in; end that with `bot.py matrix logout`")
    address = checked_address(homeserver) if homeserver else asyncio.run(find_homeserver(user))
    if address.startswith("http://"):
        hint(f"{address} is not encrypted: whoever is in between reads along.")
    if token:
        account = _with_token(address, user)
    else:
        account = _with_password(address, user, before.device_id if before is not None else "")
    save_account(data, account)
    session.out.show(
        {"user": account.user_id, "device": account.device_id, "homeserver": account.homeserver},
        f"Logged in as {account.user_id}, device {account.device_id} at {account.homeserver}.",
    )
    _offer_to_sign(account, data)
    if not CONNECTOR.of(session.config).is_on:
        hint(f"Switch it on: `enabled = true` in [{CONNECTOR.section}], then `bot.py run`.")


def _with_token(address: str, user: str) -> "Account":
    from twin.connectors.matrix.login import adopt_token

    account = asyncio.run(adopt_token(address, _secret("Access token: ")))
    if account.user_id != user:
        raise InputError(f"this access token is that of {account.user_id}, and not of {user}")
    return account


def _with_password(address: str, user: str, device: str) -> "Account":
    from twin.connectors.matrix.login import log_in

    return asyncio.run(log_in(address, user, _secret(f"Password of {user}: "), device))


def _offer_to_sign(account: "Account", data: Path) -> None:
    """With the recovery key, now or later."""
    from twin.connectors.matrix.cross_signing import verify

    key = _secret(f"{_RECOVERY_KEY}, or nothing to do that later: ", optional=True)
    if key:
        try:
            asyncio.run(verify(account, data, key))
            hint(_VERIFIED.format(device=account.device_id))
        except TwinError as error:
            hint(f"{error}. Sign this device later with `bot.py matrix verify`.")


@command(matrix_app)
def verify(session: CommandContext) -> None:
    """Sign this device with your recovery key, so that friends' apps trust it."""
    from twin.connectors.matrix import cross_signing
    from twin.connectors.matrix.account import load_account

    account = load_account(session.config.data)
    if account is None:
        raise InputError("nobody is logged in; log in with `bot.py matrix login`")
    asyncio.run(cross_signing.verify(account, session.config.data, _secret(f"{_RECOVERY_KEY}: ")))
    session.out.show(
        {"device": account.device_id, "verified": True}, _VERIFIED.format(device=account.device_id)
    )


@command(matrix_app)
def logout(session: CommandContext) -> None:
    """End the login at the server, and delete what is kept of it here."""
    from twin.connectors.matrix.account import FOLDER, load_account
    from twin.connectors.matrix.client import LoginEndedError, MatrixError
    from twin.connectors.matrix.login import log_out

    data = session.config.data
    account = load_account(data)
    if account is None:
        raise InputError("nobody is logged in")
    try:
        asyncio.run(log_out(account))
    except LoginEndedError:
        pass  # then there is nothing to end
    except MatrixError as error:
        hint(f"{error}. Device {account.device_id} stays logged in there.")
        confirm("Delete the login here all the same?")
    shutil.rmtree(data / FOLDER)
    session.out.show({"user": account.user_id}, f"{account.user_id} is logged out.")


def _secret(question: str, *, optional: bool = False) -> str:
    """Typed without an echo, or one line of stdin."""
    asked = getpass.getpass(question) if sys.stdin.isatty() else sys.stdin.readline()
    secret = asked.strip("\r\n")
    if not secret and not optional:
        raise InputError("nothing was given; try again")
    return secret
