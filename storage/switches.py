"""What the owner switched for the whole twin, kept through restarts."""

from sqlite_utils import Database

_PAUSED_UNTIL = "paused_until"
FOREVER = 2**62


def paused_until(db: Database) -> int | None:
    """When the pause of every chat ends, in UTC milliseconds; None: there is none."""
    row = db.execute("SELECT value FROM switches WHERE name = ?", [_PAUSED_UNTIL]).fetchone()
    return None if row is None else int(row[0])


def pause_all(db: Database, until: int = FOREVER) -> None:
    """Silence the twin in every chat until then; without a time until `resume_all`."""
    db.table("switches").upsert({"name": _PAUSED_UNTIL, "value": until}, pk="name")


def resume_all(db: Database) -> None:
    db.execute("DELETE FROM switches WHERE name = ?", [_PAUSED_UNTIL])
