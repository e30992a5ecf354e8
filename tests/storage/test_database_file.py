"""The database's file is removed, replaced, damaged or read-only while it is open."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.database import check_whole, open_database, transaction
from storage.database_file import DatabaseFailure, DatabaseFile, watched_file
from storage.errors import TwinError
from storage.messages import NewMessage, log_message
from storage.reasons import ErrorReason


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "twin.db"


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    database = open_database(path)
    chat = upsert_chat(database, "fake", "ann", "ann")
    for number in range(300):
        log_message(database, NewMessage(chat.id, "peer", f"m{number} " * 50, number))
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    yield database
    database.close()


def file_of(db: Database) -> DatabaseFile:
    file = watched_file(db)
    assert file is not None
    return file


def write(db: Database) -> None:
    with transaction(db):
        db.execute("INSERT OR REPLACE INTO switches VALUES ('a', 1)")


def garble(path: Path) -> None:
    """As a failing disk does: the file is the same, its pages are not."""
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xa5" * 4096 * 20)


def test_a_database_that_is_well_can_be_written(db: Database) -> None:
    check_whole(db)
    write(db)
    check_whole(db)
    assert file_of(db).failure is None


@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_nothing_is_written_into_a_file_that_was_removed(
    db: Database, path: Path, suffix: str
) -> None:
    write(db)
    path.with_name(path.name + suffix).unlink()
    with pytest.raises(DatabaseFailure, match="was removed") as failed:
        write(db)
    assert failed.value.reason == ErrorReason.DATABASE_GONE.of(path.with_name(path.name))
    assert not db.conn.in_transaction


def test_nothing_is_written_beside_a_file_that_took_its_place(db: Database, path: Path) -> None:
    copy = path.with_name("copy.db")
    shutil.copy(path, copy)
    copy.replace(path)
    with pytest.raises(DatabaseFailure, match="replaced"):
        write(db)
    with pytest.raises(DatabaseFailure, match="replaced"):
        file_of(db).look()


def test_damage_is_found_and_nothing_is_written_any_more(db: Database, path: Path) -> None:
    check_whole(db)
    garble(path)
    with pytest.raises(DatabaseFailure, match="damaged"):
        file_of(db).look()
    with pytest.raises(DatabaseFailure, match="damaged"):
        write(db)


def test_a_damaged_database_is_refused_at_the_start(db: Database, path: Path) -> None:
    db.close()
    garble(path)
    with pytest.raises(TwinError, match=r"damaged|malformed"):
        check_whole(open_database(path))


def test_a_read_only_file_is_refused_and_stays_so(db: Database, path: Path) -> None:
    db.close()
    path.chmod(0o400)
    with pytest.raises(DatabaseFailure, match="can't be written"):
        open_database(path)
    assert path.stat().st_mode & 0o777 == 0o400


def test_a_file_that_is_made_read_only_is_noticed(db: Database, path: Path) -> None:
    path.chmod(0o400)
    with pytest.raises(DatabaseFailure, match="can't be written"):
        file_of(db).look()
    path.chmod(0o600)
    file_of(db).look()
    write(db)


def test_a_full_disk_is_noticed_and_forgotten_when_there_is_room(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
        with pytest.raises(DatabaseFailure, match="disk is full"):
            file_of(db).look()
    file_of(db).look()
    assert file_of(db).failure is None


def test_what_does_not_fit_on_the_disk_is_told_as_that(db: Database) -> None:
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        with transaction(db):
            for number in range(500):
                db.execute("INSERT INTO switches VALUES (?, 1)", [str(number) * 100])

    with pytest.raises(DatabaseFailure, match="disk is full"):
        fill()
    assert db.execute("SELECT COUNT(*) FROM switches").fetchone() == (0,)


def test_another_programs_lock_is_no_failure(db: Database, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    file_of(db).look()
    other.close()


def test_a_second_connection_makes_no_new_file_where_it_was_removed(
    db: Database, path: Path
) -> None:
    """SQLite deletes the WAL beside an empty file, and with it what was written last."""
    write(db)
    away = path.rename(path.with_name("away"))
    with pytest.raises(DatabaseFailure, match="was removed"):
        open_database(path, create=False)
    assert not path.exists()
    assert db.execute("SELECT COUNT(*) FROM switches").fetchone() == (1,)
    away.rename(path)
    open_database(path, create=False).close()
