"""What a machine read in the files of messages, beside the messages and never in their place.

Search, passages and pages follow it by triggers. It goes with its message, and with its file.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlite_utils import Database

from storage.stale_chats import reworded

MOST_SAID = 4_000  # characters of a voice, as the owner puts it
MOST_CONFIRMED = 100  # at once


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


_COLUMNS = "message_id, text, description, reader, read_at, confirmed_at, failure"


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


def confirm_voices(db: Database, said: Mapping[int, str], *, at: int) -> int:
    """The owner says what they said in voices of theirs, by message; how many are theirs and were
    written down.
    """
    rows = db.execute(
        "SELECT id FROM messages WHERE origin = 'owner' AND kind = 'voice' "
        "AND id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(said))],
    ).fetchall()
    return sum(confirm_media_text(db, number, said[number], at=at) for (number,) in rows)


def confirm_media_text(db: Database, message_id: int, text: str, *, at: int) -> bool:
    """The owner says what is said or written there. False where nobody tried to read it."""
    cursor = db.execute(
        "UPDATE media_texts SET text = ?, confirmed_at = ?, failure = NULL WHERE message_id = ?",
        [text, at, message_id],
    )
    return int(cursor.rowcount) > 0


def media_text(db: Database, message_id: int) -> MediaText | None:
    """None where nobody tried to read it."""
    return media_texts_of(db, [message_id]).get(message_id)


# What a message says, with what was read in its file behind its kind: "[voice] see you at three".
SAID = (
    "iif({0}.kind IN ('voice', 'image', 'sticker', 'video', 'file'), rtrim('[' || {0}.kind || '] ' "
    "|| {0}.text || COALESCE((SELECT iif({0}.text = '', '', ' ') || "
    "rtrim(text || ' ' || description) FROM media_texts WHERE message_id = {0}.id), '')), {0}.text)"
)


def media_texts_of(db: Database, message_ids: Iterable[int]) -> dict[int, MediaText]:
    """What was read in the files of these messages, by message, where anybody tried."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM media_texts WHERE message_id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(message_ids))],
    )
    return {row[0]: MediaText(*row) for row in rows.fetchall()}


def unconfirmed_voices(db: Database, *, before: tuple[int, int], limit: int) -> list[int]:
    """The owner's voices in which something was heard that they have not confirmed, newest first:
    those before a time (UTC milliseconds) and number.
    """
    rows = db.execute(
        "SELECT m.id FROM media_texts t JOIN messages m ON m.id = t.message_id "
        "WHERE t.confirmed_at IS NULL AND t.failure IS NULL AND t.text != '' "
        "AND m.origin = 'owner' AND m.kind = 'voice' AND m.recalled_at IS NULL "
        "AND (m.sent_at, m.id) < (?, ?) ORDER BY m.sent_at DESC, m.id DESC LIMIT ?",
        [*before, limit],
    )
    return [number for (number,) in rows.fetchall()]


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
