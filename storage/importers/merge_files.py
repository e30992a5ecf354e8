"""Of two chats that become one: files, and what was read in them, that one of the two knew."""

import json
from collections.abc import Sequence

from sqlite_utils import Database

# The same message in the new chat: by its id or key, or else the nearest that is like it.
_SAME = (
    # The chat in each part: an index has it, and not all of its messages are gone through.
    "SELECT n.id FROM messages o JOIN messages n ON "
    "(n.chat_id = :chat AND n.external_id = o.external_id) "
    "OR (n.chat_id = :chat AND n.dedupe_key = o.dedupe_key) "
    "OR (n.chat_id = :chat AND n.sent_at BETWEEN o.sent_at - 59999 AND o.sent_at + 59999 "
    "AND n.origin = o.origin AND n.text = o.text AND n.kind = o.kind) WHERE o.id = :old "
    "ORDER BY n.external_id = o.external_id DESC, n.dedupe_key = o.dedupe_key DESC, "
    "ABS(n.sent_at - o.sent_at), n.id LIMIT 1"
)
_CONFIRMED = "EXISTS (SELECT 1 FROM media_texts WHERE message_id = {} AND confirmed_at IS NOT NULL)"
# What the owner confirmed is of their file, and stays with it.
_MOVE_FILE = (
    "UPDATE messages SET media = (SELECT media FROM messages WHERE id = :old) WHERE id = :new "
    f"AND (media IS NULL OR ({_CONFIRMED.format(':old')} AND NOT {_CONFIRMED.format(':new')}))"
)
_MOVE_TEXT = (
    "INSERT INTO media_texts SELECT :new, text, description, reader, read_at, confirmed_at, "
    "failure FROM media_texts WHERE message_id = :old AND (SELECT media FROM messages "
    "WHERE id = :new) = (SELECT media FROM messages WHERE id = :old) "
    "ON CONFLICT (message_id) DO UPDATE SET text = excluded.text, "
    "description = excluded.description, reader = excluded.reader, read_at = excluded.read_at, "
    "confirmed_at = excluded.confirmed_at, failure = excluded.failure "
    "WHERE confirmed_at IS NULL AND excluded.confirmed_at IS NOT NULL"
)
# `files_to_delete` keeps out what messages still have; the rest goes when a chat is forgotten next.
_GIVE_UP = "INSERT OR IGNORE INTO files_to_delete (path) VALUES (?)"


def move_files(db: Database, messages: Sequence[int], chat: int) -> None:
    """From these messages, before they go, to the same ones in the chat that stays."""
    rows = db.execute(
        "SELECT id, media FROM messages WHERE media IS NOT NULL "
        "AND id IN (SELECT value FROM json_each(?))",
        [json.dumps(messages)],
    ).fetchall()
    for old, media in rows:
        row = db.execute(_SAME, {"old": old, "chat": chat}).fetchone()
        if row is not None:
            both = {"old": old, "new": row[0]}
            db.execute(_MOVE_FILE, both)
            db.execute(_MOVE_TEXT, both)
        db.execute(_GIVE_UP, [media])
