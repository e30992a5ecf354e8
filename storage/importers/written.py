"""Find the message of the log that is the one of an import, whichever of the two came first."""

from typing import NamedTuple

from sqlite_utils import Database

from storage.importers.minute_dedupe import is_coarse, nth_of
from storage.importers.omitted_files import MINUTE_MS
from storage.messages import NewMessage
from storage.values import storable


class Logged(NamedTuple):
    """`media`: its file, relative to the data folder; None where it has none."""

    id: int
    media: str | None


def logged_message(db: Database, row: NewMessage) -> Logged | None:
    """None where nothing of it is left: it was taken back since."""
    if row.external_id is not None:
        found = _one(db, "external_id = ?", row.chat_id, row.external_id)
        if found is not None:
            return found
    found = _one(db, "dedupe_key = ?", row.chat_id, row.dedupe_key)
    if found is not None or not is_coarse(row):
        return found
    # One with a second took its place.
    minute = row.sent_at // MINUTE_MS * MINUTE_MS
    same = "sent_at BETWEEN ? AND ? AND (origin != 'peer') = ? AND kind = ? AND text = ?"
    side = row.origin != "peer"
    values = (minute, minute + MINUTE_MS - 1, side, row.kind, storable(row.text), nth_of(row))
    return _one(db, f"{same} ORDER BY sent_at, id LIMIT 1 OFFSET ?", row.chat_id, *values)


def _one(db: Database, condition: str, chat: int, *values: object) -> Logged | None:
    found = db.execute(
        f"SELECT id, media FROM messages WHERE chat_id = ? AND recalled_at IS NULL AND {condition}",
        [chat, *values],
    ).fetchone()
    return found and Logged(*found)
