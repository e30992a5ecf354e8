"""Sessions of the owner's pages. The browser has the token, the database its hash."""

import hashlib
import secrets
from dataclasses import dataclass

from sqlite_utils import Database

from storage.database import write_if_free

TOKEN_BYTES = 32
LONGEST_MS = 30 * 24 * 3_600_000  # however often it is used
NOTED_MS = 60_000  # a visit so soon after the last one is not written down


@dataclass(frozen=True, slots=True)
class OwnerSession:
    """One browser of the owner's. `language` and `theme` are None until they are chosen there."""

    key: str
    language: str | None
    theme: str | None


def start_session(db: Database, now: int) -> str:
    """The token of a new session, for the browser alone."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    db.execute(
        "INSERT INTO owner_sessions (token_hash, created_at, seen_at) VALUES (?, ?, ?)",
        [key_of(token), now, now],
    )
    return token


def key_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def find_session(db: Database, key: str, now: int, idle_ms: int) -> OwnerSession | None:
    """The session, unless it ended or was not used for `idle_ms`."""
    row = db.execute(
        "SELECT token_hash, language, theme FROM owner_sessions "
        "WHERE token_hash = ? AND seen_at > ? AND created_at > ?",
        [key, now - idle_ms, now - LONGEST_MS],
    ).fetchone()
    return OwnerSession(*row) if row else None


def visited(db: Database, key: str, now: int) -> None:
    """Note a visit, which keeps the session from ending."""
    write_if_free(
        db,
        "UPDATE owner_sessions SET seen_at = ? WHERE token_hash = ? AND seen_at < ?",
        [now, key, now - NOTED_MS],
    )


def choose(
    db: Database, key: str, *, language: str | None = None, theme: str | None = None
) -> None:
    """Store how this browser shows the pages."""
    db.execute(
        "UPDATE owner_sessions SET language = COALESCE(?, language), theme = COALESCE(?, theme) "
        "WHERE token_hash = ?",
        [language, theme, key],
    )


def end_session(db: Database, key: str) -> None:
    db.execute("DELETE FROM owner_sessions WHERE token_hash = ?", [key])


def end_all_sessions(db: Database) -> int:
    """Log the owner out everywhere; how many sessions there were.

    Whoever was logged in may have had their own device told of things, so none is any more.
    """
    db.execute("DELETE FROM push_devices")
    return int(db.execute("DELETE FROM owner_sessions").rowcount)


def drop_old_sessions(db: Database, now: int, idle_ms: int) -> None:
    db.execute(
        "DELETE FROM owner_sessions WHERE seen_at <= ? OR created_at <= ?",
        [now - idle_ms, now - LONGEST_MS],
    )
