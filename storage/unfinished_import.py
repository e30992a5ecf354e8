"""Write an import in pieces, and take an unfinished one back.

The bot can write between the pieces. Until the last one is in, its new
messages are noted in `unfinished_messages`, and its other changes in `unfinished_changes`, each as
the statement that undoes it, in the same transaction as the change itself. Files that it copied
are those that no message has when all is undone. Triggers that the
importing connection alone has (TEMP) note those other changes: none is left out, and what the bot
writes is not touched.
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from filelock import FileLock, Timeout
from sqlite_utils import Database

from storage.database import file_of, transaction
from storage.errors import TwinError
from storage.imported_files import delete_strays
from storage.search import indexed_together
from storage.texts import Text

LOCK_WAIT_S = 0.5
PIECE = 2000  # what is taken back at once
# What an import may change in a row that was there before.
_CHANGED = {
    "contacts": ("name",),
    "chats": ("platform", "external_id", "name"),
    "messages": (
        *("dedupe_key", "sent_at", "source", "sender_id", "kind", "text"),
        *("external_id", "reply_to", "raw", "recalled_at", "media"),
    ),
}


class ImportGoing(TwinError):
    """Another import is running."""


@contextlib.contextmanager
def no_import_meanwhile(db: Database) -> Iterator[None]:
    """Hold the import lock. What an interrupted import left is taken back first.

    The lock dies with its process. Raises ImportGoing.
    """
    folder = folder_of(db)
    if folder is None:
        take_back(db)
        yield
        return
    lock = FileLock(folder / "import.lock")
    try:
        lock.acquire(timeout=LOCK_WAIT_S)
    except Timeout as error:
        raise ImportGoing(f"{folder}: an import is going on; wait until it is done") from error
    except OSError as error:
        raise TwinError(
            Text(
                "{folder}: can't be written ({cause}); check its permissions and the disk",
                folder=folder,
                cause=error.strerror,
            )
        ) from error
    try:
        take_back(db)
        yield
    finally:
        lock.release()


def folder_of(db: Database) -> Path | None:
    """Where the database's file lies; None for one without a file."""
    file = file_of(db)
    return file.parent if file != Path() else None


@contextlib.contextmanager
def piece(db: Database) -> Iterator[None]:
    """One transaction of the import."""
    with transaction(db), indexed_together(db):
        (last,) = db.execute("SELECT COALESCE(MAX(id), 0) FROM messages").fetchone()
        yield
        # One statement: a trigger would make each message cost half as much again.
        db.execute("INSERT INTO unfinished_messages SELECT id FROM messages WHERE id > ?", [last])


@contextlib.contextmanager
def whole_or_not(db: Database) -> Iterator[None]:
    """The pieces that are written inside count together at the end, or not at all.

    Where even taking back fails, `is_unfinished` says so, and the next import or start does it.
    """
    _watch(db)
    try:
        yield
        with transaction(db):
            _unsee(db)
            db.execute("DELETE FROM unfinished_messages")
            db.execute("DELETE FROM unfinished_changes")
    except BaseException:
        _unwatch(db)
        take_back(db)
        raise
    _unwatch(db)


def is_unfinished(db: Database) -> bool:
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM unfinished_messages) "
        "OR EXISTS (SELECT 1 FROM unfinished_changes)"
    ).fetchone()
    return bool(row[0])


def undo_interrupted(db: Database) -> bool:
    """Take back what an interrupted import left; whether there was any.

    Another process may still be importing: that is not interrupted.
    """
    if not is_unfinished(db):
        return False
    try:
        with no_import_meanwhile(db):
            return True
    except ImportGoing:
        return False


def take_back(db: Database) -> None:
    """Undo an unfinished import, in pieces too, with the files that it copied.

    What the bot has built on since stays.
    """
    if not is_unfinished(db):
        return
    with transaction(db):
        _unsee(db)
    while _take_back_messages(db):
        pass
    while _take_back_changes(db):
        pass
    folder = folder_of(db)
    if folder is not None:
        delete_strays(db, folder)


def note_copying(db: Database) -> None:
    """From here on files are copied: an import that ends here has something to take back."""
    db.execute("INSERT INTO unfinished_changes (undo) VALUES ('SELECT 1')")


def _take_back_messages(db: Database) -> bool:
    newest = "SELECT id FROM unfinished_messages ORDER BY id DESC LIMIT ?"
    with transaction(db):
        db.execute(
            f"DELETE FROM messages WHERE id IN ({newest}) "
            "AND id NOT IN (SELECT last_message_id FROM decisions)",
            [PIECE],
        )
        cursor = db.execute(f"DELETE FROM unfinished_messages WHERE id IN ({newest})", [PIECE])
    return int(cursor.rowcount) > 0


def _take_back_changes(db: Database) -> bool:
    with transaction(db):
        changes = db.execute(
            "SELECT id, undo FROM unfinished_changes ORDER BY id DESC LIMIT ?", [PIECE]
        ).fetchall()
        for number, undo in changes:
            # A new chat that the bot writes in by now, for example.
            with contextlib.suppress(sqlite3.IntegrityError):
                db.execute(undo)
            db.execute("DELETE FROM unfinished_changes WHERE id = ?", [number])
    return bool(changes)


def _unsee(db: Database) -> None:
    """A run that read the log meanwhile did not see the import, though it saw later messages."""
    db.execute(
        "UPDATE training_runs SET seen_message_id = first - 1 "
        "FROM (SELECT MIN(id) AS first FROM unfinished_messages) WHERE seen_message_id >= first"
    )


def _watch(db: Database) -> None:
    _unwatch(db)
    for table, columns in _CHANGED.items():
        if table != "messages":
            db.execute(
                f"CREATE TEMP TRIGGER watched_new_{table} AFTER INSERT ON main.{table} "
                "BEGIN INSERT INTO unfinished_changes (undo) "
                f"VALUES ('DELETE FROM {table} WHERE id = ' || new.id); END"
            )
        db.execute(
            f"CREATE TEMP TRIGGER watched_{table} AFTER UPDATE ON main.{table} "
            f"WHEN {_row('old', columns)} IS NOT {_row('new', columns)} "
            f"BEGIN INSERT INTO unfinished_changes (undo) VALUES ({_undo(table, columns)}); END"
        )


def _unwatch(db: Database) -> None:
    for table in _CHANGED:
        db.execute(f"DROP TRIGGER IF EXISTS temp.watched_new_{table}")
        db.execute(f"DROP TRIGGER IF EXISTS temp.watched_{table}")


def _row(which: str, columns: Sequence[str]) -> str:
    named = ", ".join(f"{which}.{column}" for column in columns)
    return f"({named})" if len(columns) > 1 else named


def _undo(table: str, columns: Sequence[str]) -> str:
    values = " || ', ".join(f"{column} = ' || quote(old.{column})" for column in columns)
    return f"'UPDATE {table} SET {values} || ' WHERE id = ' || old.id"
