"""What the owner thinks of single messages of the twin: good or bad. Not trained on yet."""

import json
from collections.abc import Iterable

from sqlite_utils import Database

from storage.errors import InputError
from storage.reasons import ErrorReason


def set_thumb(db: Database, message_id: int, up: bool | None, *, now: int) -> None:
    """Note that the owner finds a message of the twin's good or bad; None takes it back.

    Raises InputError for what is no message of the twin.
    """
    if up is None:
        db.execute("DELETE FROM thumbs WHERE message_id = ?", [message_id])
        return
    cursor = db.execute(
        "INSERT OR REPLACE INTO thumbs (message_id, up, at) "
        "SELECT id, ?, ? FROM messages WHERE id = ? AND origin = 'twin' AND kind = 'text'",
        [up, now, message_id],
    )
    if cursor.rowcount < 1:
        raise InputError(
            f"message {message_id}: not one of the twin's; only those are judged",
            reason=ErrorReason.NOT_THE_TWINS,
        )


def thumbs_of(db: Database, message_ids: Iterable[int]) -> dict[int, bool]:
    """Whether the owner found each of those messages good; without those they did not judge."""
    rows = db.execute(
        "SELECT message_id, up FROM thumbs WHERE message_id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(message_ids))],
    )
    return {message_id: bool(up) for message_id, up in rows}


def count_thumbs(db: Database) -> dict[str, int]:
    """How many messages of the twin the owner found good, and bad."""
    row = db.execute(
        "SELECT COUNT(*) FILTER (WHERE up), COUNT(*) FILTER (WHERE NOT up) FROM thumbs"
    )
    up, down = row.fetchone()
    return {"up": int(up), "down": int(down)}
