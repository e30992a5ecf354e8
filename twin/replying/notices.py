"""Notices of the program to the owner, in the owner's chat with themselves."""

import logging
from collections.abc import Collection, Sequence

from sqlite_utils import Database

from storage.outbox import NOTICE, Piece, add_piece
from twin.clock import Clock

log = logging.getLogger(__name__)


def tell_owner(db: Database, platforms: Collection[str], text: str, clock: Clock) -> list[Piece]:
    """Put a notice into the outbox of each of the owner's chats with themselves; the pieces.

    Without such a chat, `bot.py status` and `bot.py drafts list` show what there is to know.
    """
    rows = db.execute("SELECT id, platform FROM chats WHERE kind = 'self' AND mode != 'off'")
    chats = [chat_id for chat_id, platform in rows.fetchall() if platform in platforms]
    if not chats:
        log.info("the owner has no chat with themselves: the notice is not sent")
    return [answer_owner(db, chat_id, text, clock) for chat_id in chats]


def answer_owner(db: Database, chat_id: int, text: str, clock: Clock) -> Piece:
    """One notice, in the chat where the owner typed a command."""
    return add_piece(db, chat_id, text, kind=NOTICE, approved=True, now=clock.now())


def topic_notice(chat_name: str, topic: str) -> str:
    return f"{chat_name} wrote about something for you ({topic}): not answered."


def draft_notice(friend: str, burst: str, pieces: Sequence[Piece]) -> str:
    """Show a draft with the commands that decide about it."""
    number = pieces[0].decision_id
    said = "\n".join(piece.text for piece in pieces if piece.kind == "text")
    return (
        f"Draft {number} for {friend}\n> {burst}\n{said}\n"
        f"/twin approve {number} · edit {number} TEXT · reject {number}"
    )
