import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.database import BUSY_TIMEOUT_S, open_database, transaction
from storage.decisions import last_verdicts
from storage.errors import TwinError
from storage.messages import NewMessage, log_message, log_messages, messages_of_chat
from storage.migrations import MIGRATIONS
from storage.reasons import BurstReason
from storage.search import search_messages
from tests.earlier_schema import database_at


@pytest.fixture(autouse=True)
def quick_schema() -> None:
    """Every database here is migrated step by step."""


def schema(db: Database) -> list[tuple[str, str]]:
    rows = db.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    return [(name, " ".join((sql or "").split())) for name, sql in rows]


def test_new_database_has_the_tables_wal_and_foreign_keys(db: Database) -> None:
    tables = set(db.table_names())
    assert tables >= {
        "contacts",
        "chats",
        "messages",
        "outbox",
        "decisions",
        "adapters",
        "training_runs",
        "training_metrics",
        "invites",
    }
    assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    with pytest.raises(sqlite3.IntegrityError):
        log_message(db, NewMessage(chat_id=99, origin="peer", text="?", sent_at=0))


@pytest.mark.slow
@pytest.mark.parametrize("version", range(len(MIGRATIONS) + 1))
def test_every_old_schema_becomes_the_newest(tmp_path: Path, db: Database, version: int) -> None:
    path = tmp_path / "old.db"
    old = database_at(path, version)
    if version:
        old.execute("INSERT INTO chats (platform, external_id, name) VALUES ('web', 'a', 'Ann')")
        old.execute(
            "INSERT INTO messages (chat_id, origin, kind, text, sent_at, source) "
            "VALUES (1, 'owner', 'text', '今晚打球吗', 5, 'live')"
        )
    old.conn.close()

    migrated = open_database(path)

    assert schema(migrated) == schema(db)
    if version:
        assert [message.text for message in messages_of_chat(migrated, 1)] == ["今晚打球吗"]
        assert len(search_messages(migrated, "打球")) == 1
    migrated.conn.close()


def test_the_reason_of_an_old_decision_is_the_code_of_today(tmp_path: Path) -> None:
    old = database_at(tmp_path / "old.db", 14)
    chat = upsert_chat(old, "wechat", "me", "Me", kind="self").id
    message = log_message(old, NewMessage(chat, "owner", "note", 1))
    old.execute(
        "INSERT INTO decisions (chat_id, last_message_id, answered, reason, decided_at) "
        "VALUES (?, ?, 0, 'the owner''s chat with himself', 2)",
        [chat, message],
    )
    old.conn.close()
    migrated = open_database(tmp_path / "old.db")
    assert last_verdicts(migrated, [chat])[chat].reason == BurstReason.SELF
    migrated.conn.close()


def test_newer_database_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    newer = database_at(path, len(MIGRATIONS))
    newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    newer.conn.close()

    with pytest.raises(TwinError, match="newer version; update"):
        open_database(path)

    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS) + 1
    connection.close()


def test_a_step_that_fails_leaves_the_step_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(db: Database) -> None:
        db.execute("CREATE TABLE half (id)")
        raise sqlite3.OperationalError("database or disk is full")

    path = tmp_path / "twin.db"
    open_database(path).conn.close()
    monkeypatch.setattr("storage.migrations.apply.MIGRATIONS", [*MIGRATIONS, broken])
    with pytest.raises(TwinError, match="disk is full"):
        open_database(path)

    monkeypatch.undo()
    db = open_database(path)
    assert "half" not in db.table_names()
    db.conn.close()


def test_a_file_that_is_no_database_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "twin.db"
    path.write_text("this is a letter, not a database. " * 100)
    with pytest.raises(TwinError, match="is damaged") as caught:
        open_database(path)
    assert "\n" not in str(caught.value)


def test_transaction_is_all_or_nothing(db: Database) -> None:
    def half_way() -> None:
        with transaction(db):
            upsert_chat(db, "web", "a", "Ann")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        half_way()
    assert db.execute("SELECT COUNT(*) FROM chats").fetchone()[0] == 0
    assert not db.conn.in_transaction


def test_full_disk_is_reported_as_such_and_the_database_stays_usable(db: Database) -> None:
    """SQLite may roll back by itself; the error that is seen must be its, not ROLLBACK's."""
    chat = upsert_chat(db, "web", "a", "Ann")
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages}")
    rows = [NewMessage(chat.id, "peer", "word " * 500, number) for number in range(1000)]

    def fill() -> None:
        with transaction(db):
            log_messages(db, rows)

    with pytest.raises(sqlite3.OperationalError, match="full"):
        fill()
    assert not db.conn.in_transaction
    db.execute("PRAGMA max_page_count = 1000000")
    assert log_message(db, NewMessage(chat.id, "peer", "hello", 1)) == 1


def test_another_process_waits_for_the_lock_rather_than_failing(db: Database) -> None:
    assert db.execute("PRAGMA busy_timeout").fetchone()[0] == BUSY_TIMEOUT_S * 1000
