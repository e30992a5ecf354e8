"""A run over the past that is killed while it writes, and started again."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.twin.fakes import config_in
from tests.twin.imports.past import PastOfAccount, said
from twin.connectors.base import ConnectorContext
from twin.imports.history import bring_history
from twin.imports.history_report import HistoryReport, Wanted

CHATS, MESSAGES = 4, 15_000  # three pieces of an import each
RUN = "import sys; from tests.twin.imports import test_history_kill as it; it.main(sys.argv[1])"


def account() -> PastOfAccount:
    backwards = range(MESSAGES, 0, -1)
    return PastOfAccount(
        {
            chat: [said(f"{chat} {n}", at=n, chat=chat, mine=n % 3 == 0) for n in backwards]
            for chat in (f"@friend{number}" for number in range(CHATS))
        }
    )


def bring(folder: Path, source: PastOfAccount) -> HistoryReport:
    from storage.database import open_database

    config = config_in(folder)
    db = open_database(config.database)
    context = ConnectorContext(db, config.data, "Sam")
    report = asyncio.run(bring_history(config, context, Wanted([source.folder("there")])))
    db.close()
    return report


def main(folder: str) -> None:
    bring(Path(folder), account())


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_by_a_kill_in_the_midst_of_a_chat(tmp_path: Path) -> None:
    database = config_in(tmp_path).database
    process = subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path)], cwd=Path.cwd())
    until = time.monotonic() + 60
    while _chats_done(database) < 2 or not _is_unfinished(database):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert _is_unfinished(database)
    source = account()
    report = bring(tmp_path, source)
    assert [since > 0 for _, since in source.asked] == [True, True, False, False]
    assert report.new == (CHATS - 2) * MESSAGES
    with sqlite3.connect(database) as db:
        rows = db.execute("SELECT COUNT(*), COUNT(DISTINCT text) FROM messages GROUP BY chat_id")
        assert rows.fetchall() == [(MESSAGES, MESSAGES)] * CHATS


def _chats_done(database: Path) -> int:
    return _count(database, "histories")


def _is_unfinished(database: Path) -> bool:
    return _count(database, "unfinished_messages") > 0


def _count(database: Path, table: str) -> int:
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
            return int(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # not yet there
