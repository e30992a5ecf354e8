"""Commands of WeChat's own bot."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from storage.errors import TwinError
from twin.cli.base import CommandContext, command
from twin.cli.output import hint, read_line

if TYPE_CHECKING:
    from twin.connectors.ilink.account import Account

ilink_app = typer.Typer(help="WeChat's own bot, as your remote control.")


@command(ilink_app, "login")
def login(session: CommandContext) -> None:
    """Show the code that adds the bot to your WeChat, and keep its login."""
    from twin.connectors.ilink import CONNECTOR

    account = asyncio.run(_log_in(session.config.data))
    session.out.show({"bot": account.bot_id}, "The bot is in your chats. Write to it: /twin")
    if not CONNECTOR.of(session.config).is_on:
        hint(f"It is off: set `enabled = true` in [{CONNECTOR.section}], then start the bot.")


async def _log_in(data: Path) -> "Account":
    from twin.clock import SYSTEM_CLOCK
    from twin.connectors.ilink.account import save_account
    from twin.connectors.ilink.client import SERVER, open_session
    from twin.connectors.ilink.connector import show_bot_code
    from twin.connectors.ilink.login import Login

    async def show(code: str) -> None:
        show_bot_code(code)

    async with open_session() as requests:
        login = Login(requests, show, _ask_number, SYSTEM_CLOCK, _known(data), SERVER)
        account = await login.run()
    save_account(data, account)
    return account


def _known(data: Path) -> "Account | None":
    """The login there is; one that can't be used is replaced."""
    from twin.connectors.ilink.account import load_account

    try:
        return load_account(data)
    except TwinError:
        return None


async def _ask_number(was_wrong: bool) -> str:
    hint("That was another number." if was_wrong else "Type the number that the phone shows.")
    return (await asyncio.to_thread(read_line) or "").strip()
