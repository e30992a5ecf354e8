"""List chats, messages and runs a page at a time, by indexes: a large log is as fast."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from storage.chats import Mode
from storage.messages import COLUMNS, Message, message_of
from storage.runs import Run
from storage.values import containing, fitting


@dataclass(frozen=True, slots=True)
class ListedChat:
    """A chat in a list. Times in UTC milliseconds."""

    id: int
    platform: str
    name: str
    kind: str
    mode: Mode
    paused_until: int | None
    note: str | None
    last_message_at: int | None


def page_of_chats(
    db: Database, *, search: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[ListedChat], int]:
    """Chats whose name contains `search`, the most recent first; and how many there are in all."""
    wanted = containing(search)
    where = "WHERE name LIKE ? ESCAPE '\\'"
    total = db.execute(f"SELECT COUNT(*) FROM chats {where}", [wanted]).fetchone()[0]
    rows = db.execute(
        "SELECT id, platform, name, kind, mode, paused_until, note, "
        "(SELECT MAX(sent_at) FROM messages WHERE chat_id = chats.id) AS last "
        f"FROM chats {where} ORDER BY last DESC, id LIMIT ? OFFSET ?",
        [wanted, limit, offset],
    ).fetchall()
    return [ListedChat(*row) for row in rows], int(total)


def page_of_messages(
    db: Database, chat_id: int, *, before: int | None = None, limit: int = 50
) -> list[Message]:
    """The latest messages of the chat, or those before the message of that number; newest first.

    A number that is not of this chat gives none.
    """
    since = (
        ""
        if before is None
        else (
            "AND (sent_at, id) < (SELECT sent_at, id FROM messages "
            "WHERE id = :before AND chat_id = :chat)"
        )
    )
    rows = db.execute(
        f"SELECT {COLUMNS} FROM messages WHERE chat_id = :chat {since} "
        "ORDER BY sent_at DESC, id DESC LIMIT :limit",
        {"chat": chat_id, "before": before, "limit": limit},
    ).fetchall()
    return [message_of(row) for row in rows]


def last_messages(db: Database, chat_ids: Iterable[int]) -> dict[int, Message]:
    """The latest message of each of these chats that has one, by chat."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM messages WHERE id IN ("
        "SELECT (SELECT id FROM messages WHERE chat_id = value "
        "ORDER BY sent_at DESC, id DESC LIMIT 1) FROM json_each(?))",
        [json.dumps(list(chat_ids))],
    )
    return {message.chat_id: message for message in map(message_of, rows)}


def page_of_runs(db: Database, *, before: int | None = None, limit: int = 50) -> list[Run]:
    """The newest training runs, or those before that number; newest first."""
    rows = db.execute(
        "SELECT * FROM training_runs WHERE :before IS NULL OR id < :before "
        "ORDER BY id DESC LIMIT :limit",
        {"before": None if before is None else fitting(before), "limit": limit},
    ).fetchall()
    return [Run(*row) for row in rows]
