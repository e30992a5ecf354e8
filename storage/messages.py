"""The log: every message that was received, sent or imported, once."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Literal, NamedTuple, get_args

from sqlite_utils import Database

from storage.database import now_ms
from storage.platform_markup import readable
from storage.values import storable

Origin = Literal["peer", "owner", "twin"]
Kind = Literal[
    "text",
    "image",
    "voice",
    "video",
    "file",
    "sticker",
    "link",
    "location",
    "contact",
    "transfer",
    "call",
    "forward",  # words of others that were passed on
    "system",
    "command",  # what the owner typed to their own bot
    "notice",  # what the program itself said
    "other",
]
DISAGREEING_MS = 120_000  # so far apart two clocks may be within one conversation
_NEWEST = 100  # messages in which the last live one is looked for: an export may hold later ones
KINDS: tuple[Kind, ...] = get_args(Kind)


class NewMessage(NamedTuple):
    """A message to be logged, as SQLite takes it.

    `sent_at` in UTC milliseconds; `source` is "live", "history" (told late by the platform) or an
    import; `media` is the saved file's path, relative to the data folder.
    """

    chat_id: int
    origin: Origin
    text: str
    sent_at: int
    kind: str = "text"
    source: str = "live"
    sender_id: int | None = None
    external_id: str | None = None
    reply_to: str | None = None
    raw: str | None = None
    dedupe_key: str | None = None
    recalled_at: int | None = None
    mentions_owner: bool = False
    media: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A logged message, as far as replying and training need it. `sender`: a friend's name.

    `media_…`: what was read in its file, whether the owner said that it is right, and why it can't
    be read, see `storage/media_texts.py`. The texts are None where nobody tried.
    """

    id: int
    chat_id: int
    origin: Origin
    kind: str
    text: str
    sent_at: int
    recalled_at: int | None
    mentions_owner: bool = False
    external_id: str | None = None
    reply_to: str | None = None
    sender: str | None = None
    media_text: str | None = None
    media_description: str | None = None
    media_confirmed: bool = False
    media_failure: str | None = None


COLUMNS = (
    "id, chat_id, origin, kind, text, sent_at, recalled_at, mentions_owner, external_id, reply_to, "
    "(SELECT name FROM contacts WHERE contacts.id = messages.sender_id), "
    # As one value: most messages have no file, and each is looked up.
    "(SELECT json_array(text, description, confirmed_at IS NOT NULL, failure) FROM media_texts "
    "WHERE message_id = messages.id), "
    "iif(source = 'live', (SELECT platform FROM chats WHERE chats.id = messages.chat_id), '')"
)


def message_of(row: Sequence[Any]) -> Message:
    """The message of a row of `COLUMNS`, with its words as people read them.

    Rows of before may hold a platform's markup, since it is decoded where messages come in.
    """
    *values, read, platform = row
    message = Message(*values, *_read_in_file(read))
    words = readable(message.text, platform) if message.kind == "text" else message.text
    name = message.sender and readable(message.sender, platform)
    same = words == message.text and name == message.sender
    return message if same else replace(message, text=words, sender=name)


def _read_in_file(row: str | None) -> Sequence[Any]:
    if row is None:
        return ()
    text, description, confirmed, failure = json.loads(row)
    return text, description, bool(confirmed), failure


# Only a duplicate is ignored; anything else that does not fit is an error.
_INSERT = "INSERT INTO messages ({}) VALUES ({}) ON CONFLICT DO NOTHING".format(
    ", ".join(NewMessage._fields), ", ".join("?" for _ in NewMessage._fields)
)


def sender_of(db: Database, platform: str, chat: str, external_id: str) -> str | None:
    """The platform's id of the friend who wrote it; "" where it is the owner's account, None where
    nobody knows of it. `chat`: the platform's id of it."""
    row = db.execute(
        "SELECT iif(m.origin = 'peer', s.external_id, '') FROM messages m "
        "JOIN chats c ON c.id = m.chat_id LEFT JOIN contacts s ON s.id = m.sender_id "
        "WHERE c.platform = ? AND c.external_id = ? AND m.external_id = ?",
        [platform, chat, external_id],
    ).fetchone()
    return None if row is None else row[0]


def exported_kind(kind: str) -> str:
    """The kind that an export gives the message: platforms know no commands and notices of ours."""
    return "text" if kind in ("command", "notice") else kind


def dedupe_key(sent_at: int, from_owner: bool, kind: str, text: str, nth: int) -> str:
    """The identity of a message that has no id of its own.

    The same second, side, kind and text make one message, whichever program exported it; `nth`
    keeps apart a text that was really sent twice within one second.
    """
    parts = f"{sent_at // 1000}\0{int(from_owner)}\0{exported_kind(kind)}\0{nth}\0{storable(text)}"
    return hashlib.blake2b(parts.encode(), digest_size=16).hexdigest()


def log_message(db: Database, message: NewMessage) -> int | None:
    """Store a message; its row id, or None when it was logged before."""
    row = db.execute(f"{_INSERT} RETURNING id", message).fetchone()
    return int(row[0]) if row else None


def log_live(
    db: Database, message: NewMessage, *, exported_at: int | None = None, now: int | None = None
) -> int | None:
    """Log a message as it happens; its row id, or None when an import brought it before.

    It gets the key that an export of the same chat would give it, so that a later import adds
    nothing twice and doesn't take the twin's messages for the owner's. `exported_at`: its time in
    an export, by the platform's clock; `sent_at` is by this machine's.
    """
    at = message.sent_at if exported_at is None else exported_at
    sent_at = _after_the_last(db, message, now_ms() if now is None else now)
    return log_message(db, message._replace(dedupe_key=_new_key(db, message, at), sent_at=sent_at))


def log_past(db: Database, message: NewMessage) -> int | None:
    """Log what a platform tells late, as an import would; its row id, or None when it is known."""
    past = message._replace(source="history")
    return log_message(db, past._replace(dedupe_key=_new_key(db, past, past.sent_at)))


def _new_key(db: Database, message: NewMessage, at: int) -> str:
    for nth in count():
        key = dedupe_key(at, message.origin != "peer", message.kind, message.text, nth)
        row = db.execute(
            "SELECT 1 FROM messages WHERE chat_id = ? AND dedupe_key = ? AND source = ?",
            [message.chat_id, key, message.source],
        ).fetchone()
        if row is None:
            break
    return key


def _after_the_last(db: Database, message: NewMessage, now: int) -> int:
    """Its time, but not before the chat's last message where only the clocks can disagree.

    They do within an hour, and where the last message lies in the future: somebody set the clock
    back since. What is older than that was delivered late and keeps its time.
    """
    (last,) = db.execute(
        f"SELECT MAX(sent_at) FROM (SELECT sent_at, source FROM messages WHERE chat_id = ? "
        f"ORDER BY sent_at DESC, id DESC LIMIT {_NEWEST}) WHERE source = 'live'",
        [message.chat_id],
    ).fetchone()
    disagrees = last is not None and (last > now or last - message.sent_at < DISAGREEING_MS)
    return max(message.sent_at, last) if disagrees else message.sent_at


def last_from_friend(db: Database, platform: str, chat: str) -> str | None:
    """The platform's id of the friend's latest message; `chat`: the platform's id of the chat."""
    row = db.execute(
        "SELECT m.external_id FROM messages m JOIN chats c ON c.id = m.chat_id "
        "WHERE c.platform = ? AND c.external_id = ? AND m.origin = 'peer' AND m.source = 'live' "
        "ORDER BY m.id DESC LIMIT 1",
        [platform, chat],
    ).fetchone()
    return None if row is None else row[0]


def log_messages(db: Database, messages: Iterable[NewMessage]) -> int:
    """Store many messages with one prepared statement; how many were not logged before."""
    return int(db.conn.executemany(_INSERT, messages).rowcount)


def messages_of_chat(db: Database, chat_id: int) -> Iterator[Message]:
    """The whole chat, oldest first, without what an unfinished import has brought so far."""
    cursor = db.execute(
        f"SELECT {COLUMNS} FROM messages WHERE chat_id = ? "
        "AND id NOT IN (SELECT id FROM unfinished_messages) ORDER BY sent_at, id",
        [chat_id],
    )
    return map(message_of, cursor)


def recent_messages(db: Database, chat_id: int, limit: int) -> list[Message]:
    """The last `limit` messages of the chat, oldest first."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM messages WHERE chat_id = ? ORDER BY sent_at DESC, id DESC LIMIT ?",
        [chat_id, limit],
    ).fetchall()
    return [message_of(row) for row in reversed(rows)]


def messages_with_ids(db: Database, ids: Iterable[int]) -> list[Message]:
    """In the order in which they were said."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM messages WHERE id IN (SELECT value FROM json_each(?)) "
        "ORDER BY sent_at, id",
        [json.dumps(list(ids))],
    )
    return [message_of(row) for row in rows.fetchall()]


def chats_of_messages(db: Database, message_ids: Iterable[int]) -> dict[int, int]:
    """The chat of each of these messages."""
    rows = db.execute(
        "SELECT id, chat_id FROM messages WHERE id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(message_ids))],
    )
    return dict(rows.fetchall())


def is_logged(db: Database, platform: str, chat_external_id: str, external_id: str) -> bool:
    """Whether the log has the platform's message: it has none of a chat that is off."""
    row = db.execute(
        "SELECT 1 FROM messages m JOIN chats c ON c.id = m.chat_id "
        "WHERE c.platform = ? AND c.external_id = ? AND m.external_id = ?",
        [platform, chat_external_id, external_id],
    ).fetchone()
    return row is not None


def mark_recalled(db: Database, chat_id: int, external_id: str, at: int) -> bool:
    """Note that the sender took the message back. False when no such message was logged."""
    cursor = db.execute(
        "UPDATE messages SET recalled_at = COALESCE(recalled_at, ?) "
        "WHERE chat_id = ? AND external_id = ?",
        [at, chat_id, external_id],
    )
    return int(cursor.rowcount) > 0
