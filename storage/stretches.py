"""Read a stretch of a chat: between two times, before or after one, around a message."""

from sqlite_utils import Database

from storage.messages import COLUMNS, Message, message_of
from storage.values import fitting


def messages_before(db: Database, chat_id: int, until: int, limit: int) -> list[Message]:
    """The last `limit` messages of the chat that were sent before that time, oldest first."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM messages WHERE chat_id = ? AND sent_at < ? "
        "ORDER BY sent_at DESC, id DESC LIMIT ?",
        [chat_id, fitting(until), limit],
    ).fetchall()
    return [message_of(row) for row in reversed(rows)]


def messages_from(db: Database, chat_id: int, since: int, limit: int) -> list[Message]:
    """The first `limit` messages of the chat from that time on, oldest first."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM messages WHERE chat_id = ? AND sent_at >= ? "
        "ORDER BY sent_at, id LIMIT ?",
        [chat_id, since, limit],
    ).fetchall()
    return [message_of(row) for row in rows]


def messages_between(db: Database, chat_id: int, since: int, until: int) -> list[Message]:
    """The chat's messages of those times (UTC milliseconds), oldest first, without what an
    unfinished import has brought so far.
    """
    rows = db.execute(
        f"SELECT {COLUMNS} FROM messages WHERE chat_id = ? AND sent_at BETWEEN ? AND ? "
        "AND id NOT IN (SELECT id FROM unfinished_messages) ORDER BY sent_at, id",
        [chat_id, since, until],
    )
    return [message_of(row) for row in rows.fetchall()]


def newest_between(db: Database, chat_id: int, since: int, until: int, limit: int) -> list[Message]:
    """The last `limit` messages of the chat from `since` to before `until` (UTC milliseconds),
    oldest first, without what an unfinished import has brought so far.
    """
    rows = db.execute(
        f"SELECT {COLUMNS} FROM messages WHERE chat_id = ? AND sent_at >= ? AND sent_at < ? "
        "AND id NOT IN (SELECT id FROM unfinished_messages) "
        "ORDER BY sent_at DESC, id DESC LIMIT ?",
        [chat_id, fitting(since), fitting(until), limit],
    ).fetchall()
    return [message_of(row) for row in reversed(rows)]


def messages_around(db: Database, chat_id: int, message_id: int, each: int) -> list[Message]:
    """A message of the chat and up to so many before it and after it, in order."""
    some = (
        f"SELECT {COLUMNS} FROM messages WHERE chat_id = :chat AND (sent_at, id) {{}} "
        "(SELECT sent_at, id FROM messages WHERE id = :message AND chat_id = :chat) "
        "AND id NOT IN (SELECT id FROM unfinished_messages) "
        "ORDER BY sent_at {}, id {} LIMIT :each"
    )
    parameters = {"chat": chat_id, "message": message_id, "each": each}
    before = db.execute(some.format("<", "DESC", "DESC"), parameters).fetchall()
    after = db.execute(some.format(">=", "ASC", "ASC"), parameters | {"each": each + 1}).fetchall()
    return [message_of(row) for row in (*reversed(before), *after)]
