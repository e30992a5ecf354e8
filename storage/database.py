"""Open the database, read it from another thread, and write all or nothing."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlite_utils import Database

from storage.database_file import (
    DatabaseFailure,
    check_writable,
    failure_of,
    is_busy,
    watch_file,
    watched_file,
)
from storage.errors import TwinError
from storage.migrations import migrate
from storage.reasons import ErrorReason
from storage.search import register_search_functions
from storage.values import StoringConnection

BUSY_TIMEOUT_S = 30.0


def now_ms() -> int:
    """UTC milliseconds, the one time unit of the database."""
    return time.time_ns() // 1_000_000


def open_database(path: Path, *, create: bool = True) -> Database:
    """Open or create the database at `path` with the newest schema.

    The file is readable by its owner alone. Raises TwinError when it can't be opened. With `create`
    False a missing file is a DatabaseFailure: that is for a second connection beside a running bot.
    SQLite would delete the WAL beside a new file, and with it what the first connection wrote.
    """
    connection: sqlite3.Connection | None = None
    try:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.exists():
            raise DatabaseFailure(path, ErrorReason.DATABASE_GONE)
        check_writable(path)
        connection = _connect(path, "rwc" if create else "rw")
        if os.name == "posix":
            path.chmod(0o600)
        register_search_functions(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: a reply that was marked as being sent stays marked through a power cut.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        db = Database(connection)
        migrate(db)
        watch_file(db, path)
    except (TwinError, sqlite3.Error, OSError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, TwinError):
            raise
        known = failure_of(error, path) if isinstance(error, sqlite3.Error) else None
        if known is not None and known.kind is not ErrorReason.DATABASE_UNREADABLE:
            raise known from error
        raise TwinError(
            f"{path}: can't open the database ({error}); check that the folder is writable, "
            "the disk has room and the file is a twin's database"
        ) from error
    return db


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
        factory=StoringConnection,
    )


def check_whole(db: Database) -> None:
    """Read the whole file once. Raises DatabaseFailure when it is damaged or can't be kept."""
    file = watched_file(db)
    if file is not None:
        file.look()


def file_of(db: Database) -> Path:
    """The file that the database is in; `Path()` for one without a file."""
    row = db.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()
    return Path(row[0] or "")


@contextmanager
def reading(path: Path) -> Iterator[Database]:
    """A second, read-only connection, for another thread: the first one is not blocked."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        factory=StoringConnection,
    )
    try:
        yield Database(connection)
    finally:
        connection.close()


class DatabaseBusy(TwinError):
    """Another program is writing. Nothing was changed; the same may be tried again."""

    def __init__(self) -> None:
        super().__init__(
            "the database is being written by another program; try again in a moment",
            reason=ErrorReason.BUSY,
        )


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """All or nothing. The write lock is taken at once, so what is read inside stays true.

    Inside another transaction it is a part of that one. Raises DatabaseBusy, or DatabaseFailure
    where what is written would not be kept.
    """
    if db.conn.in_transaction:
        yield
        return
    file = watched_file(db)
    try:
        _begin(db)
        try:
            yield
            if file is not None:
                file.check()
            db.execute("COMMIT")
        except BaseException:
            # A full disk makes SQLite roll back by itself; a second ROLLBACK would hide the error.
            if db.conn.in_transaction:
                db.execute("ROLLBACK")
            raise
    except sqlite3.Error as error:
        if file is not None:
            file.explain(error)
        raise


def _begin(db: Database) -> None:
    try:
        db.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if is_busy(error):
            raise DatabaseBusy from error
        raise


def wait_for_lock(db: Database, seconds: float) -> None:
    """How long a statement of this connection waits for another program's lock, at most."""
    db.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


@contextmanager
def without_waiting(db: Database) -> Iterator[None]:
    """Inside, whatever needs a lock that another program holds fails at once."""
    (before,) = db.execute("PRAGMA busy_timeout").fetchone()
    wait_for_lock(db, 0)
    try:
        yield
    finally:
        wait_for_lock(db, before / 1000)


def write_if_free(db: Database, sql: str, parameters: Sequence[object]) -> None:
    """Run a statement that may as well be left out: where it can't be written now, it is."""
    with suppress(sqlite3.OperationalError), without_waiting(db):
        db.execute(sql, parameters)
