"""What came in is read beside the running bot."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.media_texts import MediaText, media_text
from storage.messages import NewMessage, log_message
from storage.texts import Text
from tests.twin.fakes import FakeTime, chat_with, run_tasks
from tests.twin.media import samples
from twin.config.schema import Config
from twin.media import background
from twin.media.background import (
    LOOK_S,
    MOST_DEATHS,
    REST_S,
    RETRY_S,
    MediaReading,
    spoken_language,
)
from twin.media.failures import Failure
from twin.media.reader import MediaRead
from twin.media.reader_process import ReaderUnusable


class FakeMediaReader:
    """Reads each file as its name; `made` are all, the one for what nobody waits for last."""

    made: "list[FakeMediaReader]"

    def __init__(self, config: Config, language: str, *, idle: bool) -> None:
        self.idle, self.language = idle, language
        self.files: list[str] = []
        self.closed = 0
        self.failure: Failure | None = None
        self.unusable: set[str] = set()
        self.gate: asyncio.Future[None] | None = None
        self.made.append(self)

    async def read(self, path: Path, kind: str, *, is_friends: bool) -> MediaRead:
        self.files.append(path.name)
        if kind in self.unusable:
            raise ReaderUnusable(Text("it does not start"))
        if self.gate is not None:
            await self.gate
        text = "" if self.failure else f"words of {path.name}"
        return MediaRead(text, "", "fake 1", self.failure)

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[FakeMediaReader]:
    async def at_once(call: Callable[[], Any]) -> Any:
        return call()

    FakeMediaReader.made = []
    monkeypatch.setattr(background, "MediaReader", FakeMediaReader)
    monkeypatch.setattr(background, "readable_kinds", lambda config: ["image", "voice"])
    monkeypatch.setattr(background, "can_read", lambda config, kind: kind in ("image", "voice"))
    monkeypatch.setattr("twin.media.background.asyncio.to_thread", at_once)
    return FakeMediaReader.made


class Stage:
    def __init__(self, config: Config, db: Database, time: FakeTime) -> None:
        self.db, self.time, self.data = db, time, config.data
        self.told: list[str] = []
        self.reading = MediaReading(config, db, self.told.append, time.clock)

    def logged(self, name: str, kind: str = "image", *, ago_s: float = 0) -> int:
        """A message with a file."""
        at = round((self.time.seconds - ago_s) * 1000)
        if "/" not in name:
            samples.put(self.data, name, b"x")
        chat = chat_with(self.db, "ann")
        new = NewMessage(
            *(chat.id, "peer", "", at), kind=kind, external_id=name, media=f"media/fake/{name}"
        )
        message_id = log_message(self.db, new)
        assert message_id is not None
        return message_id

    async def came(self, name: str, kind: str = "image") -> int:
        message_id = self.logged(name, kind)
        self.reading.came(message_id)
        await run_tasks()
        return message_id


@pytest.fixture
def stage(config: Config, db: Database, time: FakeTime, readers: list[FakeMediaReader]) -> Stage:
    return Stage(config, db, time)


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    await run_tasks()
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()


async def test_what_comes_is_read(stage: Stage, readers: list[FakeMediaReader]) -> None:
    async with running(stage.reading.run()):
        message = await stage.came("a")
        now = stage.time.clock.now()
        assert media_text(stage.db, message) == MediaText(message, "words of a", "", "fake 1", now)
        readers[0].failure = "broken"
        broken = await stage.came("b")
        found = media_text(stage.db, broken)
        assert found is not None
        assert (found.text, found.failure) == ("", "broken")
    assert not readers[0].idle


async def test_ended_just_as_something_comes_it_ends(
    stage: Stage, readers: list[FakeMediaReader]
) -> None:
    async with running(stage.reading.run()):
        stage.reading.came(stage.logged("a"))
        await asyncio.sleep(0)  # it has begun to end its rest
    assert (readers[0].files, readers[0].closed) == ([], 1)


async def test_the_newest_is_read_first(stage: Stage, readers: list[FakeMediaReader]) -> None:
    async with running(stage.reading.run()):
        readers[0].gate = asyncio.get_running_loop().create_future()
        for name in ("a", "b", "c"):
            await stage.came(name)
        readers[0].gate.set_result(None)
        await run_tasks()
        assert readers[0].files == ["a", "c", "b"]


async def test_what_friends_still_wait_for_is_read_after_a_start(
    stage: Stage, readers: list[FakeMediaReader]
) -> None:
    stage.logged("old", ago_s=3600)
    stage.logged("new", ago_s=60)
    async with running(stage.reading.run()):
        assert readers[0].files == ["new"]


async def test_what_was_missed_is_read_when_nobody_waits(
    stage: Stage, readers: list[FakeMediaReader]
) -> None:
    stage.logged("old", ago_s=3600)
    async with running(stage.reading.catch_up()):
        assert readers[0].files == ["old"]
        assert readers[0].idle
        assert readers[0].closed == 1
        stage.logged("older", ago_s=7200)
        await stage.time.advance(LOOK_S)
        assert readers[0].files == ["old", "older"]
        await stage.time.advance(LOOK_S)
        assert readers[0].files == ["old", "older"]


async def test_what_was_missed_is_read_to_its_end_but_for_what_is_read_at_once(
    stage: Stage, readers: list[FakeMediaReader], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(250):
        stage.logged(f"a{number}", ago_s=3600)
    new = stage.logged("new")
    stage.reading.came(new)
    async with running(stage.reading.catch_up()):
        for _ in range(60):
            await run_tasks()
        assert len(readers[0].files) == 250
        assert "new" not in readers[0].files


async def test_unused_it_gives_its_memory_back(
    stage: Stage, readers: list[FakeMediaReader]
) -> None:
    async with running(stage.reading.run()):
        await stage.came("a")
        await stage.time.advance(REST_S - 1)
        await stage.came("b")
        await stage.time.advance(REST_S - 1)
        assert readers[0].closed == 0
        await stage.time.advance(1)
        assert readers[0].closed == 1
        await stage.came("c")
        assert readers[0].files == ["a", "b", "c"]


async def test_one_that_does_not_start_is_told_once_and_tried_again(
    stage: Stage, readers: list[FakeMediaReader]
) -> None:
    async with running(stage.reading.run()):
        readers[0].unusable = {"voice"}
        voice = await stage.came("a", "voice")
        assert media_text(stage.db, voice) is None
        assert not stage.reading.will_read("voice")
        assert stage.reading.will_read("image")
        assert "it does not start" in stage.told[0]
        assert media_text(stage.db, await stage.came("b")) is not None
        await stage.came("c", "voice")
        assert readers[0].files == ["a", "b"]
        await stage.time.advance(RETRY_S)
        assert stage.reading.will_read("voice")
        await stage.came("d", "voice")
        assert len(stage.told) == 1
        readers[0].unusable = set()
        await stage.time.advance(RETRY_S)
        assert media_text(stage.db, await stage.came("e", "voice")) is not None


async def test_that_it_dies_again_and_again_is_told(
    stage: Stage, readers: list[FakeMediaReader]
) -> None:
    async with running(stage.reading.run()):
        readers[0].failure = "crashed"
        for name in range(MOST_DEATHS - 1):
            await stage.came(f"a{name}")
        readers[0].failure = None
        await stage.came("b")
        readers[0].failure = "crashed"
        for name in range(MOST_DEATHS - 1):
            await stage.came(f"c{name}")
        assert stage.told == []
        await stage.came("d")
        await stage.came("e")
        assert len(stage.told) == 1
        assert "3 times in a row" in stage.told[0]


async def test_a_file_that_is_replaced_meanwhile_is_not_given_the_old_words(
    stage: Stage, readers: list[FakeMediaReader]
) -> None:
    async with running(stage.reading.run()):
        readers[0].gate = asyncio.get_running_loop().create_future()
        message = await stage.came("a")
        stage.db.execute("UPDATE messages SET media = 'media/fake/b' WHERE id = ?", [message])
        readers[0].gate.set_result(None)
        await run_tasks()
        assert media_text(stage.db, message) is None


async def test_a_path_out_of_the_folder_is_not_opened(
    stage: Stage, readers: list[FakeMediaReader]
) -> None:
    message = stage.logged("../../twin.db")
    async with running(stage.reading.run()):
        assert readers[0].files == []
        found = media_text(stage.db, message)
        assert found is not None
        assert found.failure == "gone"


def test_the_language_of_voices(config: Config, db: Database, readers: list[object]) -> None:
    assert spoken_language(config) == ""
    chat = chat_with(db, "ann")
    for number in range(30):
        log_message(db, NewMessage(chat.id, "owner", f"今天去哪里 {number}", number))
    assert spoken_language(config) == "zh"
    assert spoken_language(config.with_values("media", language="de")) == "de"
