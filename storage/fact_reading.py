"""How far each chat was read for facts, so that a night reads new and changed messages alone."""

from collections.abc import Sequence

from sqlite_utils import Database

from storage.database import transaction
from storage.messages import COLUMNS, Message, message_of
from storage.values import MOST

# Newer ones may be taken back by an import that is not whole.
_WHOLE = f"COALESCE((SELECT MIN(id) FROM unfinished_messages), {MOST})"
_UNREAD = f"""
SELECT {COLUMNS} FROM messages WHERE chat_id = :chat AND origin IN ('owner', 'peer')
AND id < {_WHOLE} AND (id > COALESCE(
    (SELECT until FROM facts_read WHERE chat_id = :chat AND reader = :reader), 0)
OR id IN (SELECT message_id FROM facts_changed WHERE reader = :reader))
ORDER BY id LIMIT :limit
"""


def unread_messages(db: Database, chat_id: int, reader: str, limit: int) -> list[Message]:
    """The next messages of the chat that this reader did not see, or not in these words.

    `reader`: who looks for facts, such as "rules". Changed ones come first.
    """
    wanted = {"chat": chat_id, "reader": reader, "limit": limit}
    return [message_of(row) for row in db.execute(_UNREAD, wanted).fetchall()]


def begin_reading(db: Database, chat_id: int, reader: str, newest: int) -> None:
    """Let a reader that has not read the chat yet begin at so many of its newest messages."""
    before = "SELECT id FROM messages WHERE chat_id = :chat ORDER BY id DESC LIMIT 1 OFFSET :newest"
    db.execute(
        "INSERT INTO facts_read (chat_id, reader, until) "
        f"SELECT :chat, :reader, COALESCE(({before}), 0) "
        "WHERE EXISTS (SELECT 1 FROM chats WHERE id = :chat) ON CONFLICT DO NOTHING",
        {"chat": chat_id, "reader": reader, "newest": newest},
    )


def mark_read(db: Database, chat_id: int, reader: str, messages: Sequence[Message]) -> None:
    """Note that `messages`, which `unread_messages` gave, were read."""
    db.conn.executemany(
        "DELETE FROM facts_changed WHERE message_id = ? AND reader = ?",
        [(message.id, reader) for message in messages],
    )
    db.execute(
        "INSERT INTO facts_read (chat_id, reader, until) VALUES (?, ?, ?) "
        "ON CONFLICT (chat_id, reader) DO UPDATE SET until = MAX(until, excluded.until)",
        [chat_id, reader, max(message.id for message in messages)],
    )


def is_read(db: Database, chat_id: int) -> bool:
    """Whether anybody read the chat for facts."""
    row = db.execute("SELECT 1 FROM facts_read WHERE chat_id = ?", [chat_id]).fetchone()
    return row is not None


def drop_facts_of_chat(db: Database, chat_id: int, *, proposed_alone: bool = False) -> None:
    """Delete what the chat's messages state; if it is read again, from its beginning.

    `proposed_alone`: what the owner kept or rejected stays.
    """
    only = " AND state = 'proposed'" if proposed_alone else ""
    with transaction(db):
        db.execute(
            f"DELETE FROM facts WHERE chat_id = ? AND message_id IS NOT NULL{only}", [chat_id]
        )
        db.execute("DELETE FROM facts_read WHERE chat_id = ?", [chat_id])
