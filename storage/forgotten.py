"""That chats were forgotten, and what is still to be done about it. Says nothing of which."""

from sqlite_utils import Database

from storage.database import now_ms
from storage.errors import TwinError


def times_forgotten(db: Database) -> int:
    """How often a chat was forgotten so far."""
    return int(db.execute("SELECT COALESCE(MAX(id), 0) FROM forgettings").fetchone()[0])


def check_none_forgotten(db: Database, before: int) -> None:
    """Raises TwinError when a chat was forgotten since `times_forgotten` gave `before`."""
    if times_forgotten(db) != before:
        raise TwinError(
            "a chat was forgotten while this run read it, so the run is thrown away; "
            "the next one (`bot.py train`) learns without that chat"
        )


def is_unfinished(db: Database) -> bool:
    """Whether a forgotten chat left something that is still on the disk."""
    row = db.execute("SELECT 1 FROM forgettings WHERE finished_at IS NULL LIMIT 1").fetchone()
    return row is not None


def finished(db: Database, until: int) -> None:
    """Nothing is left of the first `until` times."""
    db.execute(
        "UPDATE forgettings SET finished_at = ? WHERE finished_at IS NULL AND id <= ?",
        [now_ms(), until],
    )


def files_to_delete(db: Database) -> list[str]:
    """Media of forgotten chats, relative to the data folder, that no message refers to."""
    db.execute(
        "DELETE FROM files_to_delete "
        "WHERE path IN (SELECT media FROM messages WHERE media IS NOT NULL)"
    )
    return [path for (path,) in db.execute("SELECT path FROM files_to_delete ORDER BY path")]


def file_is_gone(db: Database, path: str) -> None:
    db.execute("DELETE FROM files_to_delete WHERE path = ?", [path])
