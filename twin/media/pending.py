"""Which messages have a file that nobody has read yet."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlite_utils import Database


class Unread(NamedTuple):
    """`media`: the path of its file, relative to the data folder; `is_friends`: it came
    from a friend.
    """

    message_id: int
    kind: str
    media: str
    is_friends: bool


_COLUMNS = "m.id, m.kind, m.media, m.origin"
_UNREAD = (
    "FROM messages m WHERE m.media IS NOT NULL AND m.recalled_at IS NULL AND m.kind IN ({kinds}) "
    "AND NOT EXISTS (SELECT 1 FROM media_texts t WHERE t.message_id = m.id)"
)


def unread_media(
    db: Database, kinds: Sequence[str], *, most: int = 100, live: bool = False, since: int = 0
) -> list[Unread]:
    """The newest of them. `live`: only what came as it was written; `since`: of what was written
    then or later, in UTC milliseconds.
    """
    source = " AND m.source = 'live'" if live else ""
    rows = db.execute(
        f"SELECT {_COLUMNS} {_of(kinds)}{source} AND m.sent_at >= ? ORDER BY m.id DESC LIMIT ?",
        [*kinds, since, most],
    )
    return [_unread(row) for row in rows.fetchall()]


def count_unread(db: Database, kinds: Sequence[str]) -> int:
    return int(db.execute(f"SELECT COUNT(*) {_of(kinds)}", list(kinds)).fetchone()[0])


def unread_by_kind(db: Database, kinds: Sequence[str]) -> dict[str, int]:
    """How many there are of each kind."""
    return dict(
        db.execute(f"SELECT m.kind, COUNT(*) {_of(kinds)} GROUP BY m.kind", list(kinds)).fetchall()
    )


def read_so_far(db: Database) -> dict[str, int]:
    """How many files were read by now; under the code of a failure, how many could not be."""
    rows = db.execute("SELECT COALESCE(failure, ''), COUNT(*) FROM media_texts GROUP BY failure")
    return dict(rows.fetchall())


def forget_failures(db: Database) -> int:
    """So that what could not be read is tried again; how many that were."""
    cursor = db.execute("DELETE FROM media_texts WHERE failure IS NOT NULL")
    return int(cursor.rowcount)


def unread_message(db: Database, message_id: int, kinds: Sequence[str]) -> Unread | None:
    """This message, if it is one of them."""
    row = db.execute(
        f"SELECT {_COLUMNS} {_of(kinds)} AND m.id = ?", [*kinds, message_id]
    ).fetchone()
    return row and _unread(row)


def _unread(row: Sequence[Any]) -> Unread:
    message_id, kind, media, origin = row
    return Unread(message_id, kind, media, origin == "peer")


def _of(kinds: Sequence[str]) -> str:
    return _UNREAD.format(kinds=", ".join("?" for _ in kinds))
