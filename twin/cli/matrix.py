"""Commands about the Matrix account: log in once, have the device trusted, log out."""

import asyncio
import getpass
import shutil
import sys
from typing import Annotated

import typer

from storage.errors import InputError, TwinError
from twin.cli.base import CommandContext, command
from twin.cli.output import confirm, hint

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
    from twin.connectors.matrix import cross_signing
    from twin.connectors.matrix import login as matrix
    from twin.connectors.matrix.account import load_account, save_account

    data = session.config.data
    before = load_account(data)
    is_same = before is not None and before.user_id == user
    if before is not None and not is_same:
        raise InputError(f"{before.user_id} is logged in; end that with `bot.py matrix logout`")
    address = (
        matrix.checked_address(homeserver)
        if homeserver
        else asyncio.run(matrix.find_homeserver(user))
    )
    if address.startswith("http://"):
        hint(f"{address} is not encrypted: whoever is in between reads along.")
    secret = _secret("Access token: " if token else f"Password of {user}: ")
    if token:
        account = asyncio.run(matrix.adopt_token(address, secret))
        if account.user_id != user:
            raise InputError(f"this access token is that of {account.user_id}, and not of {user}")
    else:
        device = before.device_id if before is not None else ""
        account = asyncio.run(matrix.log_in(address, user, secret, device))
    save_account(data, account)
    session.out.show(
        {"user": account.user_id, "device": account.device_id, "homeserver": account.homeserver},
        f"Logged in as {account.user_id}, device {account.device_id} at {account.homeserver}.",
    )
    key = _secret(f"{_RECOVERY_KEY}, or nothing to do that later: ", optional=True)
    if key:
        try:
            asyncio.run(cross_signing.verify(account, data, key))
            hint(_VERIFIED.format(device=account.device_id))
        except TwinError as error:
            hint(f"{error}. Sign this device later with `bot.py matrix verify`.")
    if not session.config.connectors.matrix.enabled:  # type: ignore[attr-defined]
        hint("Switch it on: `enabled = true` in [connectors.matrix], then `bot.py run`.")


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
