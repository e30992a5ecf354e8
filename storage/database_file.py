"""Notice that the database's file was removed, replaced or damaged, or can't be written."""

import os
import shutil
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path
from weakref import WeakKeyDictionary

from sqlite_utils import Database

from storage.errors import TwinError
from storage.reasons import ErrorReason

LEAST_FREE = 5_000_000  # bytes: below that nothing can be kept for long
RESTS = 50  # reading a whole file again may take a fiftieth of the time
_REASONS = {
    sqlite3.SQLITE_CORRUPT: ErrorReason.DATABASE_DAMAGED,
    sqlite3.SQLITE_NOTADB: ErrorReason.DATABASE_DAMAGED,
    sqlite3.SQLITE_READONLY: ErrorReason.DATABASE_READ_ONLY,
    sqlite3.SQLITE_FULL: ErrorReason.DISK_FULL,
    sqlite3.SQLITE_IOERR: ErrorReason.DATABASE_UNREADABLE,
    sqlite3.SQLITE_CANTOPEN: ErrorReason.DATABASE_UNREADABLE,
}
_REMEDIES = {
    ErrorReason.DATABASE_GONE: "was removed; stop the bot, put it back and start again",
    ErrorReason.DATABASE_REPLACED: "was replaced by another file; start the bot again",
    ErrorReason.DATABASE_DAMAGED: "is damaged; restore a copy, or import the chats again",
    ErrorReason.DATABASE_READ_ONLY: "can't be written; check its permissions and the disk",
    ErrorReason.DATABASE_UNREADABLE: "can't be read or written; check the disk",
    ErrorReason.DISK_FULL: "can't be written: the disk is full; make room",
}


class DatabaseFailure(TwinError, sqlite3.OperationalError):
    """What is written now would not be kept. Nothing was.

    An error of SQLite's too, for whoever waits for those.
    """

    def __init__(self, path: Path, reason: ErrorReason) -> None:
        super().__init__(f"{path}: the database {_REMEDIES[reason]}", reason=reason.of(path))
        self.kind = reason


def failure_of(error: sqlite3.Error, path: Path) -> DatabaseFailure | None:
    """What SQLite's error means for the file, if it means that nothing there can be kept."""
    reason = _REASONS.get(_code(error))
    if reason is ErrorReason.DATABASE_UNREADABLE and _is_full(path.parent):
        reason = ErrorReason.DISK_FULL  # where its smallest file finds no room, SQLite says no more
    return None if reason is None else DatabaseFailure(path, reason)


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < LEAST_FREE
    except OSError:
        return False


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another program held the lock that was needed."""
    return _code(error) == sqlite3.SQLITE_BUSY


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the details


class DatabaseFile:
    """The file of an open database. `failure` is what was found wrong with it last.

    Never open the file by another way than SQLite's: closing it would end SQLite's locks.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failure: DatabaseFailure | None = None
        self._parts = (path, path.with_name(f"{path.name}-wal"))
        self._known = {part: found for part in self._parts if (found := _identity(part))}
        self._checked: tuple[int, int] | None = None
        self._rests_until = 0.0

    def check(self) -> None:
        """Raises DatabaseFailure when other files lie there than those that were opened.

        Or when `look` found them damaged.
        """
        if self.failure is not None and self.failure.kind is ErrorReason.DATABASE_DAMAGED:
            raise self.failure
        for part in self._parts:
            found = _identity(part)
            known = self._known.setdefault(part, found) if found else self._known.get(part)
            if known != found:
                is_gone = found is None
                self._fail(ErrorReason.DATABASE_GONE if is_gone else ErrorReason.DATABASE_REPLACED)

    def _fail(self, reason: ErrorReason) -> None:
        self.failure = DatabaseFailure(self.path, reason)
        raise self.failure

    def explain(self, error: sqlite3.Error) -> None:
        """Raises DatabaseFailure when SQLite's error says that nothing can be kept."""
        known = failure_of(error, self.path)
        if known is not None:
            self._fail(known.kind)

    def look(self) -> None:
        """Look at everything, at the whole file where it has changed, and tidy up its WAL.

        Raises DatabaseFailure. Slow with a large database: for the start, and for a thread.
        """
        self.failure = None
        self.check()
        if not _is_writable(self.path):
            self._fail(ErrorReason.DATABASE_READ_ONLY)
        if _is_full(self.path.parent):
            self._fail(ErrorReason.DISK_FULL)
        try:
            with closing(
                sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=rw", uri=True)
            ) as connection:
                self._read(connection)
                # Here and not at every thousandth page, which would be in the bot's loop.
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as error:
            self.explain(error)
            if not is_busy(error):
                raise

    def _read(self, connection: sqlite3.Connection) -> None:
        about = self.path.stat()
        state = (about.st_mtime_ns, about.st_size)
        began = time.monotonic()
        if state == self._checked or began < self._rests_until:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
            return
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        self._checked = state if found == "ok" else None
        if found != "ok":
            self._fail(ErrorReason.DATABASE_DAMAGED)
        self._rests_until = time.monotonic() + RESTS * (time.monotonic() - began)


def check_writable(path: Path) -> None:
    """Raises DatabaseFailure for a file that somebody made read-only."""
    if path.exists() and not _is_writable(path):
        raise DatabaseFailure(path, ErrorReason.DATABASE_READ_ONLY)


def _is_writable(path: Path) -> bool:
    # For root every file is writable, whatever its mode says.
    return os.access(path, os.W_OK) and bool(path.stat().st_mode & stat.S_IWUSR)


_FILES: "WeakKeyDictionary[Database, DatabaseFile]" = WeakKeyDictionary()


def watch_file(db: Database, path: Path) -> None:
    """From now on the database's transactions look whether its file is still there."""
    _FILES[db] = DatabaseFile(path)


def watched_file(db: Database) -> DatabaseFile | None:
    """None for a database that lies in memory."""
    return _FILES.get(db)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
