"""The password of the owner's pages, from the command line."""

import getpass
import sys

import typer

from storage.errors import InputError
from storage.owner_sessions import end_all_sessions
from twin.cli.base import CommandContext, command
from twin.dashboard.auth.password import PasswordFile

password_app = typer.Typer()  # added without a name: its command stands beside the others


@command(password_app)
def password(session: CommandContext) -> None:
    """Set the password of your pages: asked for twice, or one line of stdin."""
    PasswordFile(session.config.data).set(_ask() if sys.stdin.isatty() else _read())
    ended = end_all_sessions(session.db)
    session.out.show({"ended": ended}, "The password is set; log in with it.")


def _ask() -> str:
    given = getpass.getpass("New password: ")
    if getpass.getpass("The same again: ") != given:
        raise InputError("the two passwords differ: nothing was changed; try again")
    return given


def _read() -> str:
    return sys.stdin.readline().rstrip("\r\n")
