"""Chat with the twin from the terminal, without a bot or through the running one."""

import asyncio
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.chats import Chat
from storage.errors import InputError, TwinError
from storage.invites import chat_of_invite, open_invites
from storage.outbox import last_decided
from twin.cli import output
from twin.cli.base import CommandContext, command
from twin.cli.output import Output, plain, table

if TYPE_CHECKING:
    from twin.connectors.base import Connector
    from twin.connectors.web.connector import WebConnector

POLL_S = 0.1

chat_app = typer.Typer()  # no name: its command is a top-level one


@command(chat_app)
def chat(
    session: CommandContext,
    base: Annotated[
        bool, typer.Option("--base", help="Use the base model without an adapter.")
    ] = False,
    once: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Send one message and exit.")
    ] = None,
) -> None:
    """Chat with the twin in the terminal; nothing is logged."""
    from twin.playground import ModelChat

    if session.out.as_json and once is None:
        raise InputError("chat --json: a conversation isn't one document; add --once TEXT")
    conversation = ModelChat(session.config, None if base else live_adapter(session.db))
    if once is not None:
        reply = conversation.reply(once)
        session.out.show({"adapter": conversation.adapter} | asdict(reply), plain(reply.text))
        return
    adapter = conversation.adapter
    who = session.adapter_names.of(adapter) if adapter else "the base model"
    output.hint(f"You are chatting with {who}. Ctrl+D ends it.")
    while (text := output.read_line()) is not None:
        if text.strip():
            session.out.show(None, plain(conversation.reply(text).text))


def friends_page(connectors: Iterable["Connector"]) -> "WebConnector | None":
    """The friends' page, if the bot serves one."""
    from twin.connectors.web.connector import WebConnector

    return next((one for one in connectors if isinstance(one, WebConnector)), None)


async def tell_links(db: Database, page: "WebConnector | None", out: Output) -> None:
    """Print the friends' links once their page is served, if it is."""
    if page is not None:
        await page_is_up(page)
        _show_links(page, open_invites(db), out)
    output.hint("Ctrl+C ends the bot.")


def _show_links(page: "WebConnector", invites: Sequence[tuple[str, Chat]], out: Output) -> None:
    """Secret, so only to whoever sits there: a journal or log file keeps them for others."""
    if not out.is_terminal:
        how = "they are shown on a terminal only; `bot.py invite NAME --again` makes a new one"
        output.hint(f"Friends' links: {len(invites)}; {how}.")
        return
    links = [{"friend": chat.name, "link": page.link(token)} for token, chat in invites]
    rows = [list(link.values()) for link in links]
    out.show({"links": links}, table("Friends' pages", ["friend", "!link"], rows))
    if not links:
        output.hint("Nobody has a link yet: `bot.py invite NAME` makes one.")


async def page_is_up(web: "WebConnector") -> None:
    """Wait until the friends' page is served."""
    while web.status().state != "running":  # noqa: ASYNC110 (a status is all there is)
        await asyncio.sleep(POLL_S)


async def ask(db: Database, web: "WebConnector", token: str, text: str, timeout_s: float) -> str:
    """Ask a running bot through its friends' page, as a browser would; its answer.

    The pieces are joined by newlines. Raises TwinError when no answer comes.
    """
    receipt = await web.receive(token, text, uuid.uuid4().hex)
    if receipt != "accepted":
        raise TwinError(f"the bot did not take the message ({receipt}); see its log")
    chat = chat_of_invite(db, token)
    assert chat is not None
    asked: int = db.execute(
        "SELECT MAX(id) FROM messages WHERE chat_id = ? AND origin = 'peer'", [chat.id]
    ).fetchone()[0]
    try:
        async with asyncio.timeout(timeout_s):
            # Only the database tells when the answer was sent.
            while last_decided(db, chat.id) < asked or _is_sending(db, chat.id):  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise TwinError(f"no answer within {timeout_s:g} s; run with --debug to see why") from None
    return _answer(db, chat.id, asked)


def _is_sending(db: Database, chat_id: int) -> bool:
    return bool(
        db.execute(
            "SELECT 1 FROM outbox WHERE chat_id = ? AND state IN ('pending', 'sending')", [chat_id]
        ).fetchone()
    )


def _answer(db: Database, chat_id: int, asked: int) -> str:
    reason, number = db.execute(
        "SELECT reason, id FROM decisions WHERE chat_id = ? AND last_message_id >= ? "
        "ORDER BY id DESC LIMIT 1",
        [chat_id, asked],
    ).fetchone()
    pieces = db.execute(
        "SELECT text FROM outbox WHERE decision_id = ? AND state = 'sent' ORDER BY id", [number]
    ).fetchall()
    if not pieces:
        raise TwinError(f"the twin did not answer: {reason}")
    return "\n".join(text for (text,) in pieces)
