"""Commands about access: API keys and the dashboard's password."""

import getpass
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from storage import keys
from storage.errors import InputError
from storage.owner_sessions import end_all_sessions
from twin.cli.base import CommandContext, command
from twin.cli.output import hint, table
from twin.formatting import when

KeyName = Annotated[str, typer.Argument(metavar="NAME", help="The program that uses it.")]

keys_app = typer.Typer(help="Manage the keys of programs that use the API.")
password_app = typer.Typer()  # no name: its command is a top-level one


@command(keys_app, "create")
def keys_create(
    session: CommandContext,
    name: KeyName,
    scope: Annotated[
        str,
        typer.Option(
            help="chat: chat with the twin. manage: also read the chats and manage the twin."
        ),
    ] = "chat",
) -> None:
    """Create a key. It is shown only once, since only its hash is stored."""
    secret, key = keys.create_key(session.db, name, scope)
    session.out.show({"key": secret} | asdict(key), secret)
    hint("Keep it now: it is not shown again. `bot.py keys revoke` closes it.")


@command(keys_app, "list")
def keys_list(session: CommandContext) -> None:
    """List all keys by their first characters."""
    found = keys.list_keys(session.db)
    rows = [
        [k.name, f"{k.prefix}…", k.scope, when(k.created_at), when(k.last_used_at), _state(k)]
        for k in found
    ]
    columns = ["!name", "key", "scope", "made", "last used", "state"]
    session.out.show([asdict(key) for key in found], table("Keys", columns, rows))


@command(keys_app, "revoke")
def keys_revoke(session: CommandContext, name: KeyName) -> None:
    """Revoke a key for good, from its next request on."""
    key = keys.revoke_key(session.db, name)
    session.out.show(asdict(key), f"{key.name} ({key.prefix}…) is closed.")


def _state(key: keys.Key) -> str:
    return "open" if key.revoked_at is None else f"revoked {when(key.revoked_at)}"


@command(password_app)
def password(session: CommandContext) -> None:
    """Set the dashboard's password: typed twice, or one line of stdin."""
    from twin.dashboard.auth.password import PasswordFile

    PasswordFile(session.config.data).set(
        _ask_password() if sys.stdin.isatty() else _read_password()
    )
    ended = end_all_sessions(session.db)
    session.out.show({"ended": ended}, "The password is set; log in with it.")


def entrance(first_password_token: str | None) -> str:
    """Where the owner's pages are entered; how the first password is set, before there is one.

    The link that sets it is for whoever sits at the terminal alone.
    """
    if first_password_token is None:
        return "/"
    if sys.stderr.isatty():
        return f"/first-password?token={first_password_token}"
    return "/ (set a password first: `bot.py password`)"


def _ask_password() -> str:
    given = getpass.getpass("New password: ")
    if getpass.getpass("The same again: ") != given:
        raise InputError("the two passwords differ: nothing was changed; try again")
    return given


def _read_password() -> str:
    return sys.stdin.readline().rstrip("\r\n")
