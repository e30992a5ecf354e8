"""The bot lets a process of its own index what is new."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage import passages
from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message
from storage.unfinished_import import piece, whole_or_not
from tests.twin.fakes import FakeTime
from tests.twin.memory.fake_model import FakeModel
from twin.config.schema import Config
from twin.diagnostics import doctor
from twin.diagnostics.status import collect_status
from twin.memory import __main__ as indexing
from twin.memory import background
from twin.memory.background import LOOK_S, index_in_background, is_wanted
from twin.memory.index import bring_up_to_date


def say(db: Database, text: str) -> None:
    log_message(db, NewMessage(upsert_chat(db, "web", "ann", "Ann").id, "owner", text, 1))


def test_it_is_wanted_where_something_is_new(
    db: Database, config: Config, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up_to_date(db, config)
    assert not is_wanted(db, config)
    with whole_or_not(db), piece(db):
        say(db, "hello")
    assert is_wanted(db, config)
    off = config.memory.model_copy(update={"enabled": False})
    assert not is_wanted(db, config.model_copy(update={"memory": off}))
    bring_up_to_date(db, config)
    assert not is_wanted(db, config)
    rules = config.dataset.model_copy(update={"silence_minutes": 5.0})
    assert is_wanted(db, config.model_copy(update={"dataset": rules}))
    with whole_or_not(db):
        with piece(db):
            say(db, "hello")
        assert not is_wanted(db, config)
    monkeypatch.setattr(background, "embeddings_of", lambda _: "")
    assert not is_wanted(db, config)


async def test_it_is_started_now_and_then_and_ends_with_the_bot(
    db: Database, config: Config, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process in place of it waits until the bot is gone."""
    begun = asyncio.Event()

    def command(_: Config) -> list[str]:
        begun.set()
        return [sys.executable, "-I", "-S", "-c", "import sys; sys.stdin.read()"]

    monkeypatch.setattr(background, "index_command", command)
    time = FakeTime()
    task = asyncio.create_task(index_in_background(db, config, time.clock))
    await time.advance(LOOK_S - 1)
    say(db, "hello")
    assert not begun.is_set()
    await time.advance(1)
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Open for as long as the bot lives, and until nobody waits for its end any more."""
    read, write = os.pipe()
    others = {*threading.enumerate()}
    with os.fdopen(read) as end:
        monkeypatch.setattr(sys, "stdin", end)
        yield
        os.close(write)
        for thread in {*threading.enumerate()} - others:
            thread.join()


def test_the_process_indexes_all_of_it(
    db: Database,
    config: Config,
    model: FakeModel,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    stdin: None,
) -> None:
    monkeypatch.setattr(indexing, "lower_priority", lambda: None)
    say(db, "hello")
    config.path.write_text('[paths]\ndata = "."\n[memory]\nenabled = true\n')
    assert indexing.main(["--config", str(config.path)]) == 0
    assert passages.progress(db) == (1, 0, 0)
    assert indexing.main(["--config", str(tmp_path / "none.toml")]) != 0


def test_the_process_ends_by_itself_while_the_bot_lives(db: Database, config: Config) -> None:
    say(db, "hello")
    config.path.write_text('[paths]\ndata = "."\n[memory]\nembeddings = ""\n')
    with subprocess.Popen(
        background.index_command(config), stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.wait() == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_status_and_doctor_say_how_far_it_is(
    db: Database, config: Config, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(db, "hello")
    progress = {"passages": 0, "stale_chats": 1, "missing": 0}
    assert collect_status(config, db)["memory"] == progress
    monkeypatch.setattr(doctor, "embeddings_of", lambda _: "fake")
    assert "1 chats are still" in doctor._index(config, db).found
    bring_up_to_date(db, config)
    assert doctor._index(config, db).found == "1 passages"
    monkeypatch.setattr(doctor, "embeddings_of", lambda _: "")
    assert doctor._index(config, db).code == "no_embeddings"
    off = config.model_copy(update={"memory": config.memory.model_copy(update={"enabled": False})})
    assert doctor._index(off, db).verdict == "ok"
    assert collect_status(off, db)["memory"] is None
