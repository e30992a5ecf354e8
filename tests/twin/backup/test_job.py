"""Making and checking a backup in a process beside the bot."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from storage.chats import upsert_chat
from storage.database import open_database
from twin.backup.contents import SETTINGS
from twin.backup.job import BackupJob
from twin.child_process import PROJECT
from twin.config.load import load_config
from twin.language import Language

PHRASE = "correct horse 电池"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "a twin 分身" / SETTINGS
    path.parent.mkdir()
    path.write_text("", "utf-8")
    db = open_database(load_config(path).database)
    upsert_chat(db, "web", "ann", "Ann")
    db.close()
    return path


@pytest.mark.slow
async def test_there_and_back(settings: Path) -> None:
    job, file = BackupJob(settings), settings.parent / "one.backup"
    await job.make(file, PHRASE)
    assert (job.state.error, job.state.is_busy, job.state.found) == (None, False, {"files": 2})
    await job.check(file, PHRASE)
    assert job.state.found == {"messages": 0, "chats": 1, "adapters": 0}
    await job.check(file, "another one")
    assert "passphrase" in str(job.state.error)


async def test_what_goes_wrong_is_said_in_the_language_of_the_page(settings: Path) -> None:
    job, there = BackupJob(settings), settings.parent / "there.backup"
    there.write_bytes(b"")
    task = job.make(there, PHRASE)
    with pytest.raises(Exception, match="already"):
        job.make(there, PHRASE)
    await task
    assert job.state.error is not None
    assert str(job.state.error).endswith("exists already; give another name")
    assert "已存在" in Language("zh_CN").say(job.state.error.message)


def test_it_ends_with_its_bot(settings: Path) -> None:
    """A bot that was killed closes the child's stdin, and nothing half is left."""
    file = settings.parent / "one.backup"
    command = [sys.executable, "-m", "twin.backup", "--config", str(settings), "make", str(file)]
    ended = subprocess.run(
        command, input=json.dumps(PHRASE) + "\n", cwd=PROJECT, capture_output=True, text=True
    )
    assert ended.returncode in (0, 1)
    assert not list(settings.parent.glob(".*"))
    assert file.exists() == (ended.returncode == 0)
