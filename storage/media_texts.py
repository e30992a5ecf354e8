"""What a machine read in the files of messages, beside the messages and never in their place.

Search, passages and pages follow it by triggers. It goes with its message, and with its file.
"""

from dataclasses import dataclass

from sqlite_utils import Database

from storage.stale_chats import reworded


@dataclass(frozen=True, slots=True)
class MediaText:
    """`text`: words that are said or written there, "" where there are none. `description`: what is
    to be seen, "" where nobody described it. `reader`: the model that read it, with its version.
    `confirmed_at`: when the owner said that it is right; times in UTC milliseconds. `failure`: why
    it can't be read, a code; then there is no text.
    """

    message_id: int
    text: str
    description: str
    reader: str
    read_at: int
    confirmed_at: int | None = None
    failure: str | None = None


def store_media_text(
    db: Database,
    message_id: int,
    media: str,
    text: str,
    *,
    reader: str,
    at: int,
    description: str = "",
    failure: str | None = None,
) -> bool:
    """Put down what was read in the message's file. False where the message is gone, has another
    file by now, or the owner confirmed what was read before.
    """
    cursor = db.execute(
        "INSERT INTO media_texts (message_id, text, description, reader, read_at, failure) "
        "SELECT id, :text, :description, :reader, :at, :failure FROM messages "
        "WHERE id = :message AND media = :media "
        "ON CONFLICT (message_id) DO UPDATE SET text = excluded.text, "
        "description = excluded.description, reader = excluded.reader, "
        "read_at = excluded.read_at, failure = excluded.failure "
        "WHERE confirmed_at IS NULL",
        {
            "message": message_id,
            "media": media,
            "text": text,
            "description": description,
            "reader": reader,
            "at": at,
            "failure": failure,
        },
    )
    return int(cursor.rowcount) > 0


def confirm_media_text(db: Database, message_id: int, text: str, *, at: int) -> bool:
    """The owner says what is said or written there. False where nobody tried to read it."""
    cursor = db.execute(
        "UPDATE media_texts SET text = ?, confirmed_at = ?, failure = NULL WHERE message_id = ?",
        [text, at, message_id],
    )
    return int(cursor.rowcount) > 0


def media_text(db: Database, message_id: int) -> MediaText | None:
    """None where nobody tried to read it."""
    row = db.execute(
        "SELECT message_id, text, description, reader, read_at, confirmed_at, failure "
        "FROM media_texts WHERE message_id = ?",
        [message_id],
    ).fetchone()
    return row and MediaText(*row)


# The full-text index has these words under the message's number with a minus before it.
_ROW = (
    "-{0}.message_id, 'c' || (SELECT chat_id FROM messages WHERE id = {0}.message_id), "
    "spaced({0}.text || ' ' || {0}.description)"
)
_ADD = f"INSERT INTO messages_fts(rowid, chat, text) VALUES ({_ROW.format('new')});"
_REMOVE = (
    "INSERT INTO messages_fts(messages_fts, rowid, chat, text) "
    f"VALUES ('delete', {_ROW.format('old')});"
)


def create_media_texts(db: Database) -> None:
    """The table and its triggers."""
    db.execute(
        "CREATE TABLE media_texts ("
        "message_id INTEGER PRIMARY KEY REFERENCES messages(id) ON DELETE CASCADE, "
        "text TEXT NOT NULL, description TEXT NOT NULL, reader TEXT NOT NULL, "
        "read_at INTEGER NOT NULL, confirmed_at INTEGER, failure TEXT)"
    )
    for event, which, index in (
        ("INSERT", "new", _ADD),
        ("UPDATE OF text, description", "new", _REMOVE + _ADD),
        ("DELETE", "old", _REMOVE),
    ):
        db.execute(
            f"CREATE TRIGGER media_texts_{event.split()[0].lower()} AFTER {event} ON media_texts "
            f"BEGIN {index} {reworded(f'{which}.message_id')} END"
        )
    # Before its message goes, for the index has to be told which chat it was.
    db.execute(
        "CREATE TRIGGER media_texts_of_deleted BEFORE DELETE ON messages BEGIN "
        "DELETE FROM media_texts WHERE message_id = old.id; END"
    )
    # Of a file that is no longer there, or of a message that is now in another chat.
    db.execute(
        "CREATE TRIGGER media_texts_of_changed BEFORE UPDATE OF media, chat_id ON messages "
        "WHEN (old.media, old.chat_id) IS NOT (new.media, new.chat_id) BEGIN "
        "DELETE FROM media_texts WHERE message_id = old.id; END"
    )
