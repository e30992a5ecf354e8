"""One question to a running bot through its friends' page, as a browser would put it."""

import asyncio
import uuid

from sqlite_utils import Database

from storage.errors import TwinError
from storage.invites import chat_of_invite
from storage.outbox import last_decided
from twin.connectors.web.connector import WebConnector

POLL_S = 0.1


async def page_is_up(web: WebConnector) -> None:
    """Wait until the connector serves."""
    while web.status().state != "running":  # noqa: ASYNC110 (a status is all there is)
        await asyncio.sleep(POLL_S)


async def ask(db: Database, web: WebConnector, token: str, text: str, timeout_s: float) -> str:
    """The twin's answer, its pieces joined by newlines. Raises TwinError when none comes."""
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
            # The answer is in SQLite, as for a reader outside the bot; nothing else announces it.
            while last_decided(db, chat.id) < asked or _is_speaking(db, chat.id):  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise TwinError(f"no answer within {timeout_s:g} s; run with --debug to see why") from None
    return _answer(db, chat.id, asked)


def _is_speaking(db: Database, chat_id: int) -> bool:
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
