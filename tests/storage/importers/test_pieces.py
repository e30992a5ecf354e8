"""An import beside a writing bot: in pieces, and still whole or not at all."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import list_chats, upsert_chat
from storage.database import open_database
from storage.errors import TwinError
from storage.importers import write
from storage.importers.import_files import import_paths
from storage.messages import NewMessage, log_message, messages_of_chat
from storage.search import search_messages
from storage.unfinished_import import is_unfinished, no_import_meanwhile
from tests.storage.importers.exports import export, export_csv

ROWS = 5000  # a stage hands out a thousand at a time
AT = "2024-10-04 11:43:05"


@pytest.fixture(autouse=True)
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "PIECE", 1000)
    monkeypatch.setattr(write, "PAUSE_S", 0)


@pytest.fixture
def bot(db: Database, tmp_path: Path) -> Iterator[Database]:
    """Another connection, which waits for nobody."""
    other = open_database(tmp_path / "twin.db")
    other.execute("PRAGMA busy_timeout = 0")
    yield other
    other.close()


@pytest.fixture
def history(tmp_path: Path) -> Path:
    rows = [(f"2024-10-04 {n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}", "我", f"词{n}")
            for n in range(ROWS)]  # fmt: skip
    return export(tmp_path / "小明.json", rows)


def content(db: Database) -> list[list[tuple[object, ...]]]:
    """All that an import may touch, row numbers included."""
    tables = ("chats", "contacts", "messages", "unfinished_messages", "unfinished_changes")
    return [db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables]


def test_another_connection_writes_all_the_time(db: Database, bot: Database, history: Path) -> None:
    chat = upsert_chat(bot, "web", "a", "Ann").id
    steps: list[tuple[str, int, int]] = []

    def on_progress(phase: str, done: int, total: int) -> None:
        steps.append((phase, done, total))
        assert log_message(bot, NewMessage(chat, "peer", "嗯哼", len(steps)))

    assert import_paths(db, [history], on_progress=on_progress).new == ROWS
    assert [step for step in steps if step[0] == "writing"] == [
        ("writing", done, ROWS) for done in range(0, ROWS + 1, 1000)
    ]
    read = [step for step in steps if step[0] == "reading"]
    assert len(read) > 10
    assert {total for _, _, total in read} == {history.stat().st_size}
    assert [done for _, done, _ in read] == sorted(done for _, done, _ in read)
    assert len(search_messages(db, "嗯哼", limit=1000)) == len(steps)
    assert len(search_messages(db, "词4999")) == 1
    assert not is_unfinished(db)


def test_a_message_that_the_bot_logs_meanwhile_is_one_message(
    db: Database, bot: Database, tmp_path: Path
) -> None:
    rows = [(str(n), "0", f"word {n}", AT) for n in range(3000)]
    path = export_csv(tmp_path / "f.csv", rows)

    def on_progress(phase: str, done: int, _: int) -> None:
        if (phase, done) == ("writing", 1000):
            chat = upsert_chat(bot, "wechat", "wxid_f", "wxid_f").id
            for id_ in ("5", "2500"):
                log_message(bot, NewMessage(chat, "peer", f"word {id_}", 0, external_id=id_))

    assert import_paths(db, [path], on_progress=on_progress).new == 2999
    assert [chat["messages"] for chat in list_chats(db)] == [3000]
    assert import_paths(db, [path]).new == 0


def test_what_is_not_whole_yet_is_not_learnt(db: Database, bot: Database, history: Path) -> None:
    learnt: list[int] = []

    def on_progress(phase: str, done: int, _: int) -> None:
        if phase == "writing" and done:
            learnt.append(len(list(messages_of_chat(bot, 1))))

    import_paths(db, [history], on_progress=on_progress)
    assert learnt == [0] * 5
    assert len(list(messages_of_chat(bot, 1))) == ROWS


@pytest.fixture
def before(db: Database, tmp_path: Path) -> list[list[tuple[object, ...]]]:
    """A chat known by its name alone, with a message to the minute that an export replaces."""
    at = "2024/10/4 11:43"
    import_paths(db, [export_csv(tmp_path / "old" / "f.csv", [("1E+18", "0", "word 7", at)])])
    db.execute("UPDATE chats SET name = 'old name'")
    return content(db)


@pytest.fixture
def richer(tmp_path: Path) -> Path:
    rows = [(str(10**18 + n), "0", f"word {n}", AT) for n in range(3000)]
    return export_csv(tmp_path / "new" / "f.csv", rows)


def test_failing_in_the_middle_leaves_everything_as_it_was(
    db: Database, before: list[list[tuple[object, ...]]], richer: Path
) -> None:
    def on_progress(phase: str, done: int, _: int) -> None:
        if (phase, done) == ("writing", 2000):
            assert content(db) != before
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_paths(db, [richer], on_progress=on_progress)
    assert content(db) == before
    assert search_messages(db, "word 8") == []
    assert import_paths(db, [richer]).new == 2999  # one takes the place of the one to the minute
    assert len(search_messages(db, "word 8")) == 1


KILLED = """
import os, signal, sys
from pathlib import Path
from storage.database import open_database
from storage.importers import write
from storage.importers.import_files import import_paths

def on_progress(phase, done, total):
    if (phase, done) == ("writing", 2000):
        os.kill(os.getpid(), signal.SIGKILL)

write.PIECE, write.PAUSE_S = 1000, 0
import_paths(open_database(Path(sys.argv[1])), [Path(sys.argv[2])], on_progress=on_progress)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL there")
class TestKilled:
    @pytest.fixture(autouse=True)
    def killed(self, before: list[list[tuple[object, ...]]], richer: Path, tmp_path: Path) -> None:
        command = [sys.executable, "-c", KILLED, str(tmp_path / "twin.db"), str(richer)]
        ended = subprocess.run(command, check=False, env=os.environ | {"PYTHONPATH": "."})
        assert ended.returncode == -signal.SIGKILL

    def test_the_next_start_takes_it_back(
        self, db: Database, before: list[list[tuple[object, ...]]]
    ) -> None:
        assert is_unfinished(db)
        with no_import_meanwhile(db):
            assert content(db) == before
        assert search_messages(db, "word 8") == []

    def test_the_next_import_begins_from_the_start(self, db: Database, richer: Path) -> None:
        assert import_paths(db, [richer], dry_run=True).new == 2999
        assert is_unfinished(db)  # a dry run writes nothing, not even that
        assert import_paths(db, [richer]).new == 2999
        assert [chat["messages"] for chat in list_chats(db)] == [3000]

    def test_nothing_that_was_read_stays_beside_the_database(self, tmp_path: Path) -> None:
        kept = {path.name for path in tmp_path.iterdir() if path.is_file()}
        assert kept <= {"twin.db", "twin.db-wal", "twin.db-shm", "import.lock"}

    def test_what_the_bot_has_built_on_stays(self, db: Database) -> None:
        db.execute(
            "INSERT INTO decisions (chat_id, last_message_id, answered, reason, decided_at) "
            "SELECT 1, MAX(id), 0, 'nothing to say', 0 FROM messages"
        )
        with no_import_meanwhile(db):
            assert [chat["messages"] for chat in list_chats(db)] == [2]
        assert not is_unfinished(db)


def test_one_import_at_a_time_and_no_forgetting_meanwhile(
    db: Database, tmp_path: Path, richer: Path
) -> None:
    import_paths(db, [richer])
    with FileLock(tmp_path / "import.lock"):
        with pytest.raises(TwinError, match="an import is going on"):
            import_paths(db, [richer])
        with pytest.raises(TwinError, match="an import is going on"):
            forget_chat(db, 1)
        assert import_paths(db, [richer], dry_run=True).new == 0


def test_a_run_that_read_the_log_meanwhile_has_not_seen_the_import(
    db: Database, bot: Database, history: Path
) -> None:
    def on_progress(phase: str, done: int, _: int) -> None:
        if (phase, done) == ("writing", 2000):
            bot.execute(
                "INSERT INTO training_runs (state, reason, started_at, seen_message_id) "
                "SELECT 'done', 'night', 0, MAX(id) FROM messages"
            )

    import_paths(db, [history], on_progress=on_progress)
    assert db.execute("SELECT seen_message_id FROM training_runs").fetchone()[0] == 0
