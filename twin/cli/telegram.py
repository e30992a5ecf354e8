"""Commands about the owner's Telegram account."""

import asyncio
import getpass
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from storage.errors import InputError, TwinError
from storage.texts import Text
from twin.cli.base import CommandContext, command
from twin.cli.output import console, hint, plain, report_error, said

if TYPE_CHECKING:  # the library loads slowly, and only these commands need it
    from twin.connectors.telegram.setup import Progress

telegram_app = typer.Typer(help="Connect your Telegram account through a bot of your own.")

SECTION = "connectors.telegram"


@command(telegram_app, "connect")
def telegram_connect(session: CommandContext) -> None:
    """Connect a bot of yours to your account, step by step; run it again to go on or to check."""
    from twin.config.edit import change
    from twin.connectors.telegram import CONNECTOR
    from twin.one_bot import bot_process

    patient = sys.stdin.isatty() and not session.out.as_json
    is_on = CONNECTOR.of(session.config).enabled
    is_running = bot_process(session.config.data) is not None
    progress = asyncio.run(_connect(session, patient, listens=not (is_running and is_on)))
    session.out.show(
        _document(progress),
        f"Connected: @{progress.bot_name} answers as {_owner(progress)}.",
    )
    if not is_on:
        change(session.config.path, {f"{SECTION}.enabled": True})
        hint(f"[{SECTION}] enabled = true now stands in {session.config.path}.")
    if is_running and not is_on:
        hint("Start the bot again: it reads its settings at the start.")
    hint("Nobody is answered yet: /twin on NAME in the bot's chat, or `bot.py chats set`.")


@command(telegram_app, "disconnect")
def telegram_disconnect(session: CommandContext) -> None:
    """Forget the bot's token and the connection. Chats and settings stay."""
    from twin.connectors.telegram.account import TOKEN_VARIABLE, forget_account

    found = forget_account(session.config.data)
    told = "The token is deleted." if found else "No token was kept."
    session.out.show({"deleted": found}, told)
    if os.environ.get(TOKEN_VARIABLE):
        hint(f"{TOKEN_VARIABLE} is still set: the bot would go on with it.")
    hint("Remove the bot in Telegram too: Settings → Chat Automation; /revoke at @BotFather.")


async def _connect(session: CommandContext, patient: bool, *, listens: bool) -> "Progress":
    from twin.clock import SYSTEM_CLOCK
    from twin.connectors.telegram import CONNECTOR
    from twin.connectors.telegram.account import TOKEN_VARIABLE, find_token, save_token
    from twin.connectors.telegram.api import ApiClient, TokenRefusedError, explained
    from twin.connectors.telegram.setup import Setup, walk

    data, server = session.config.data, CONNECTOR.of(session.config).server
    known = find_token(data)
    while True:
        token = known or _ask_token(patient)
        try:
            with explained():
                async with ApiClient(token, server) as client:
                    if known is None:
                        save_token(data, token)
                    setup = Setup(client, data, listens=listens)
                    return await walk(setup, _say, _confirm, SYSTEM_CLOCK, patient=patient)
        except TokenRefusedError as error:
            if not patient or os.environ.get(TOKEN_VARIABLE):
                raise
            report_error(str(error))
            known = None


def _ask_token(patient: bool) -> str:
    """Typed unseen, or the first line of stdin."""
    from twin.connectors.telegram.account import is_token
    from twin.connectors.telegram.setup import NEW_BOT

    if patient:
        _say(Text(NEW_BOT))
        with _interruptible():
            given = getpass.getpass("Token (it is not shown): ").strip()
    else:
        given = sys.stdin.readline().strip()
    if not given:
        raise InputError("no token was given; @BotFather shows it under /mybots → API Token")
    if not is_token(given):
        raise InputError("this is no token, which looks like 123456:ABC-def; copy it as a whole")
    return given


def _say(text: Text) -> None:
    console.print(plain(said(text)), soft_wrap=True)


def _confirm(question: Text) -> bool:
    with _interruptible():
        return typer.confirm(said(question))


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C ends a question at once: asyncio would wait for its answer first."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach that one alone
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _owner(progress: "Progress") -> str:
    if progress.connection is None:
        raise TwinError("the connection is gone; run this again")
    return progress.connection.owner_name


def _document(progress: "Progress") -> dict[str, Any]:
    connection = progress.connection
    return {
        "bot": progress.bot_name,
        "owner": connection and connection.owner_name,
        "can_reply": bool(connection and connection.can_reply),
        "can_read_messages": bool(connection and connection.can_read),
    }
