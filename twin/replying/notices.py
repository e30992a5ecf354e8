"""Notices of the program to the owner, in the owner's chat with themselves."""

import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlite_utils import Database

from storage.outbox import NOTICE, Piece, add_piece
from storage.own_chats import own_chats
from twin.clock import Clock
from twin.connectors.base import Connector, Status
from twin.replying.policy import HOUR_MS

log = logging.getLogger(__name__)


class Notice(NamedTuple):
    """`commands`: (label, text) of what the owner can do about it, as buttons where there are some.

    One without its argument ("/twin edit 3") asks for the rest.
    """

    text: str
    commands: tuple[tuple[str, str], ...] = ()


def tell_owner(
    db: Database, connectors: Mapping[str, Connector], notice: Notice, clock: Clock
) -> list[Piece]:
    """Put a notice into the outbox of one of the owner's chats with themselves; the piece.

    One place is enough: of those that are connected the one where the owner wrote last, unless the
    platform takes nothing more there, or did not take this notice just now. Without such a chat,
    `bot.py status` and `bot.py drafts list` show what there is to know.
    """
    on = [
        (chat.id, connectors[chat.platform])
        for chat in own_chats(db)
        if chat.platform in connectors
    ]
    states = [(chat_id, connector.status()) for chat_id, connector in on]
    since = clock.now() - HOUR_MS
    chats = [
        (chat_id, status)
        for chat_id, status in states
        if _has_room(db, chat_id, status) and not _was_refused(db, chat_id, notice.text, since)
    ]
    if not chats:
        log.info("no chat of the owner with themselves takes a notice now: it is not sent")
        return []
    chat_id, _ = min(chats, key=lambda chat: chat[1].state != "running")
    return [
        add_piece(
            *(db, chat_id, notice.text),
            kind=NOTICE,
            approved=True,
            commands=notice.commands,
            now=clock.now(),
        )
    ]


def _has_room(db: Database, chat_id: int, status: Status) -> bool:
    """Whether the platform takes one message more than those that wait for it already."""
    if status.room is None:
        return True
    (waiting,) = db.execute(
        "SELECT COUNT(*) FROM outbox WHERE chat_id = ? AND state = 'pending'", [chat_id]
    ).fetchone()
    return bool(status.room > waiting)


def _was_refused(db: Database, chat_id: int, text: str, since: int) -> bool:
    row = db.execute(
        "SELECT 1 FROM outbox WHERE chat_id = ? AND kind = ? AND text = ? AND created_at >= ? "
        "AND state IN ('failed', 'cancelled')",
        [chat_id, NOTICE, text, since],
    ).fetchone()
    return row is not None


def answer_owner(db: Database, chat_id: int, text: str, clock: Clock) -> Piece:
    """One notice, in the chat where the owner typed a command."""
    return add_piece(db, chat_id, text, kind=NOTICE, approved=True, now=clock.now())


def topic_notice(chat_name: str, topic: str) -> Notice:
    return Notice(f"{chat_name} wrote about something for you ({topic}): not answered.")


def draft_notice(friend: str, burst: str, pieces: Sequence[Piece]) -> Notice:
    """Show a draft with the commands that decide about it."""
    number = pieces[0].decision_id
    said = "\n".join(piece.text for piece in pieces if piece.kind == "text")
    return Notice(
        f"Draft {number} for {friend}\n> {burst}\n{said}\n"
        f"/twin approve {number} · edit {number} TEXT · reject {number}",
        (
            ("Send", f"/twin approve {number}"),
            ("Edit", f"/twin edit {number}"),
            ("Reject", f"/twin reject {number}"),
        ),
    )
