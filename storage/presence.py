"""Accounts the bot is logged in to, when each was last seen, and when it was away."""

from dataclasses import dataclass
from math import inf

from sqlite_utils import Database

from storage.database import transaction

AWAY_MS = 120_000  # a shorter silence is a quiet chat, not an absence


@dataclass(frozen=True, slots=True)
class Presence:
    """A platform's account. `qr`: what waits to be scanned; `seen_at`: the last sign of life."""

    platform: str
    account: str | None
    qr: str | None
    logged_in: bool
    seen_at: int


@dataclass(frozen=True, slots=True)
class Absence:
    """Messages of this time may be missing. UTC milliseconds."""

    platform: str
    since: int
    until: int


def presences(db: Database) -> list[Presence]:
    rows = db.execute(
        "SELECT platform, account, qr, logged_in, seen_at FROM presence ORDER BY platform"
    ).fetchall()
    return [Presence(name, account, qr, bool(on), at) for name, account, qr, on, at in rows]


def absences(db: Database, limit: int = 10) -> list[Absence]:
    """The latest first."""
    rows = db.execute(
        "SELECT platform, since, until FROM absences ORDER BY until DESC, id DESC LIMIT ?", [limit]
    ).fetchall()
    return [Absence(*row) for row in rows]


def seen(db: Database, platform: str, at: int, *, kept_ms: float = 0) -> None:
    """Note a sign of life; after a long silence the time between is stored as an absence.

    `kept_ms`: so long what is written during one is delivered later, and only the rest is missed.
    """
    with transaction(db):
        _close_absence(db, platform, at, kept_ms)
        _upsert(db, platform, at)


def logged_in(db: Database, platform: str, account: str, at: int, *, kept_ms: float = 0) -> None:
    with transaction(db):
        _close_absence(db, platform, at, kept_ms)
        _upsert(db, platform, at)
        db.execute(
            "UPDATE presence SET account = ?, qr = NULL, logged_in = 1 WHERE platform = ?",
            [account, platform],
        )


def logged_out(db: Database, platform: str) -> None:
    """Nothing is seen from here on: `seen_at` stays where it is."""
    db.execute("UPDATE presence SET logged_in = 0 WHERE platform = ?", [platform])


def scan_needed(db: Database, platform: str, qr: str, at: int) -> None:
    with transaction(db):
        db.execute(
            "INSERT INTO presence (platform, logged_in, seen_at) VALUES (?, 0, ?) "
            "ON CONFLICT (platform) DO NOTHING",
            [platform, at],
        )
        db.execute("UPDATE presence SET qr = ?, logged_in = 0 WHERE platform = ?", [qr, platform])


def _upsert(db: Database, platform: str, at: int) -> None:
    db.execute(
        "INSERT INTO presence (platform, logged_in, seen_at) VALUES (?, 0, ?) "
        "ON CONFLICT (platform) DO UPDATE SET seen_at = MAX(seen_at, excluded.seen_at)",
        [platform, at],
    )


def _close_absence(db: Database, platform: str, at: int, kept_ms: float) -> None:
    if kept_ms == inf:
        return
    db.execute(
        "INSERT INTO absences (platform, since, until) SELECT platform, seen_at, :lost "
        "FROM presence WHERE platform = :platform AND account IS NOT NULL "
        "AND :lost - seen_at > :least",
        {"lost": at - int(kept_ms), "platform": platform, "least": AWAY_MS},
    )
