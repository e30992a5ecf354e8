"""Keep passages in step with the log: which chats' passages are to be made again.

A message that is changed, taken back, moved or deleted takes the passages over its time along, in
the same transaction, and its chat is stale until they are made again. A new message only makes the
chat stale: what was said around it stays true.
"""

from typing import NamedTuple

from sqlite_utils import Database

# No passage lasts longer, so that those over a moment are found by the index. Twelve hours.
LONGEST_MS = 43_200_000
MOST_BYTES = 400  # of a vector
# What changes where a message stands, whether it may be shown, and its words.
_CHANGES = ("chat_id", "origin", "kind", "text", "sent_at", "recalled_at")


class Stale(NamedTuple):
    """A chat whose passages are to be made again; `change` is another after each change of it."""

    chat_id: int
    change: int


def create_passages(db: Database) -> None:
    """The tables and their triggers.

    No number of a passage is given twice, so whoever has read them knows by the highest one what
    is new. All chats are stale.
    """
    db.execute(
        "CREATE TABLE passages (id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "chat_id INTEGER NOT NULL REFERENCES chats(id) ON DELETE CASCADE, "
        "began_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, first_message INTEGER NOT NULL, "
        "last_message INTEGER NOT NULL, digest BLOB NOT NULL, "
        f"vector BLOB NOT NULL CHECK (length(vector) <= {MOST_BYTES}))"
    )
    db.table("passages").create_index(["chat_id", "ended_at", "began_at"])
    db.execute(
        "CREATE TABLE stale_chats (change INTEGER NOT NULL, missing INTEGER, "
        "chat_id INTEGER PRIMARY KEY REFERENCES chats(id) ON DELETE CASCADE)"
    )
    db.execute(_NEW)
    db.execute(
        "CREATE TRIGGER messages_passages_ad AFTER DELETE ON messages "
        f"BEGIN {_drop('old')} {_mark('old')} END"
    )
    db.execute(
        f"CREATE TRIGGER messages_passages_au AFTER UPDATE OF {', '.join(_CHANGES)} ON messages "
        f"WHEN ({_columns('old')}) IS NOT ({_columns('new')}) "
        f"BEGIN {_drop('old')} {_drop('new')} {_mark('old')} {_mark('new')} END"
    )
    mark_all(db)


def _columns(which: str) -> str:
    return ", ".join(f"{which}.{column}" for column in _CHANGES)


def _drop(which: str) -> str:
    return (
        f"DELETE FROM passages WHERE chat_id = {which}.chat_id AND began_at <= {which}.sent_at "
        f"AND ended_at BETWEEN {which}.sent_at AND {which}.sent_at + {LONGEST_MS};"
    )


_INSERT = "INSERT INTO stale_chats (chat_id, change)"
# Random, not counted: a number that came again would make what was read before seem the newest.
_OR_AGAIN = "ON CONFLICT (chat_id) DO UPDATE SET change = excluded.change, missing = NULL"


def _mark(which: str) -> str:
    return f"{_INSERT} VALUES ({which}.chat_id, random()) {_OR_AGAIN};"


def reworded(message_id: str) -> str:
    """Statements of a trigger: what the message with that id says was changed."""
    return (
        "DELETE FROM passages WHERE id IN (SELECT p.id FROM messages m JOIN passages p "
        "ON p.chat_id = m.chat_id AND p.began_at <= m.sent_at "
        f"AND p.ended_at BETWEEN m.sent_at AND m.sent_at + {LONGEST_MS} "
        f"WHERE m.id = {message_id}); "
        f"{_INSERT} SELECT chat_id, random() FROM messages WHERE id = {message_id} {_OR_AGAIN};"
    )


_NEW = f"CREATE TRIGGER messages_passages_ai AFTER INSERT ON messages BEGIN {_mark('new')} END"


def mark_each(db: Database, on: bool) -> None:
    """Whether each new message marks its chat. Many are faster without, and `mark_since` after."""
    db.execute(_NEW if on else "DROP TRIGGER messages_passages_ai")


def mark_since(db: Database, last: int) -> None:
    """Mark the chats of the messages with higher ids than this."""
    db.execute(
        f"{_INSERT} SELECT chat_id, random() FROM messages WHERE id > ? "
        f"GROUP BY chat_id {_OR_AGAIN}",
        [last],
    )


def mark_all(db: Database) -> None:
    db.execute(f"{_INSERT} SELECT id, random() FROM chats WHERE 1 {_OR_AGAIN}")


def stale_chats(db: Database) -> list[Stale]:
    """Those in which something was said last come first."""
    rows = db.execute(
        "SELECT chat_id, change FROM stale_chats s "
        "ORDER BY (SELECT MAX(sent_at) FROM messages m WHERE m.chat_id = s.chat_id) DESC"
    )
    return [Stale(*row) for row in rows.fetchall()]


def is_any_stale(db: Database) -> bool:
    return db.execute("SELECT 1 FROM stale_chats LIMIT 1").fetchone() is not None


def is_unchanged(db: Database, stale: Stale) -> bool:
    """Whether the chat is as it was when it was found to be stale."""
    row = db.execute(
        "SELECT 1 FROM stale_chats WHERE chat_id = ? AND change = ?", [*stale]
    ).fetchone()
    return row is not None


def note_missing(db: Database, chat_id: int, missing: int) -> None:
    """How many of its passages are still to be made; with none, the chat is no longer stale."""
    if missing:
        db.execute("UPDATE stale_chats SET missing = ? WHERE chat_id = ?", [missing, chat_id])
    else:
        db.execute("DELETE FROM stale_chats WHERE chat_id = ?", [chat_id])
