"""Deduplicate messages whose time is known to the minute against those with a second.

In one minute of a chat, equal messages of one side are as many as have a second of their own, or as
the export to the minute with the most of them has, whichever is more. So neither the order of the
imports nor their repetition changes how many there are:

- one that comes to the minute is new where the minute has fewer than its file has had so far;
- one that comes with a second takes the place of one to the minute, if there is one.

A file and the note that it was left out are equal, too: see `omitted_files.py`.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from sqlite_utils import Database

from storage.importers.omitted_files import MINUTE_MS, OmittedFiles
from storage.messages import NewMessage, exported_kind, log_message, log_messages
from storage.values import storable

# No key with a second begins so, and in the index all that do lie side by side.
_MARK = "minute:"
_AFTER_MARK = "minute;"
_REPLACE = (
    "UPDATE messages SET dedupe_key = ?, sent_at = ?, source = ?, sender_id = ?, external_id = ?, "
    "reply_to = ?, raw = ?, recalled_at = COALESCE(recalled_at, ?) WHERE id = ("
    "SELECT id FROM messages WHERE chat_id = ? AND dedupe_key >= ? AND dedupe_key < ? "
    "ORDER BY id LIMIT 1)"
)


def minute_key(sent_at: int, from_owner: bool, kind: str, text: str, nth: int) -> str:
    """The identity of the file's `nth` such message in its minute."""
    return f"{_group(sent_at, from_owner, kind, text)}:{nth}"


def log_beside_minutes(db: Database, chat: int, rows: Sequence[NewMessage], last: int) -> int:
    """Log the chat's messages; how many were not logged before.

    `last`: the newest message of before the file that they are from.
    """
    coarse = [row for row in rows if is_coarse(row)]
    exact = [row for row in rows if not is_coarse(row)] if coarse else rows
    new = 0
    for minute, group in groupby(coarse, lambda row: row.sent_at // MINUTE_MS):
        omitted = OmittedFiles(db, minute * MINUTE_MS, last)
        new += _log_minute(db, chat, minute * MINUTE_MS, group, omitted)
    if not _has_coarse(db, chat):
        return new + log_messages(db, exact)
    return new + sum(_log_exact(db, row) for row in exact)


def newest_message(db: Database) -> int:
    return int(db.execute("SELECT COALESCE(MAX(id), 0) FROM messages").fetchone()[0])


def _log_minute(
    db: Database, chat: int, minute: int, rows: Iterator[NewMessage], omitted: OmittedFiles
) -> int:
    logged = _count(db, chat, minute)
    new = 0
    for row in rows:
        same = (row.origin != "peer", row.kind, storable(row.text))
        if logged[same] + omitted.known(row) > nth_of(row):
            continue
        if omitted.fill(row):
            logged[same] += 1
        elif log_message(db, row) is not None:
            logged[same] += 1
            new += 1
    return new


def _count(db: Database, chat: int, minute: int) -> Counter[tuple[bool, str, str]]:
    rows = db.execute(
        "SELECT origin != 'peer', kind, text FROM messages "
        "WHERE chat_id = ? AND sent_at BETWEEN ? AND ?",
        [chat, minute, minute + MINUTE_MS - 1],
    )
    return Counter((bool(side), exported_kind(kind), text) for side, kind, text in rows)


def _log_exact(db: Database, row: NewMessage) -> bool:
    """Whether the message is new."""
    known = db.execute(
        "SELECT 1 FROM messages WHERE chat_id = ? AND (dedupe_key = ? OR external_id = ?)",
        [row.chat_id, row.dedupe_key, row.external_id],
    ).fetchone()
    if known is not None:
        return False
    group = _group(row.sent_at, row.origin != "peer", row.kind, row.text)
    values = (row.dedupe_key, row.sent_at, row.source, row.sender_id, row.external_id)
    more = (row.reply_to, row.raw, row.recalled_at)
    place = (row.chat_id, f"{group}:", f"{group};")
    if db.execute(_REPLACE, [*values, *more, *place]).rowcount:
        return False
    return log_message(db, row) is not None


def _has_coarse(db: Database, chat: int) -> bool:
    row = db.execute(
        "SELECT 1 FROM messages WHERE chat_id = ? AND dedupe_key >= ? AND dedupe_key < ? LIMIT 1",
        [chat, _MARK, _AFTER_MARK],
    ).fetchone()
    return row is not None


def is_coarse(row: NewMessage) -> bool:
    """Whether only its minute is known."""
    return row.dedupe_key is not None and row.dedupe_key.startswith(_MARK)


def nth_of(row: NewMessage) -> int:
    """How many equal messages of its minute went before it in its file."""
    return int((row.dedupe_key or "").rpartition(":")[2])


def _group(sent_at: int, from_owner: bool, kind: str, text: str) -> str:
    parts = f"{sent_at // MINUTE_MS}\0{int(from_owner)}\0{kind}\0{storable(text)}"
    return _MARK + hashlib.blake2b(parts.encode(), digest_size=16).hexdigest()
