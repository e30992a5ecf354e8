"""A friend's voice comes, is read beside the bot and answered, whatever becomes of the reader."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from storage.texts import Text
from tests.twin.driver import Bot, MakeBot
from tests.twin.fakes import FakeTime, run_tasks
from tests.twin.media import samples
from twin.config.media_section import MediaSettings
from twin.media import background
from twin.media.background import MediaReading
from twin.media.reader import MediaRead
from twin.media.reader_process import ReaderUnusable

WAIT = MediaSettings().wait_seconds


class Reader:
    """What stands in for all readers; `takes` is awaited, and `gives` may raise."""

    def __init__(self) -> None:
        self.takes: asyncio.Future[None] | None = None
        self.gives: Callable[[], MediaRead] = lambda: MediaRead("at three", "", "fake 1")

    async def read(self, path: Path, kind: str, *, is_friends: bool) -> MediaRead:
        if self.takes is not None:
            await self.takes
        return self.gives()

    async def close(self) -> None:
        pass


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    async def at_once(call: Callable[[], Any]) -> Any:
        return call()

    made = Reader()
    monkeypatch.setattr(background, "MediaReader", lambda *_, **__: made)
    monkeypatch.setattr(background, "readable_kinds", lambda config: ["voice"])
    monkeypatch.setattr(background, "can_read", lambda config, kind: kind == "voice")
    monkeypatch.setattr("twin.media.background.asyncio.to_thread", at_once)
    return made


@pytest.fixture
async def reading(make_bot: MakeBot, time: FakeTime, reader: Reader) -> AsyncIterator[Bot]:
    """The bot as `twin.app` puts it together."""
    readings: list[MediaReading] = []
    bot = make_bot(can_read=lambda kind: readings[0].will_read(kind))
    work = MediaReading(bot.config, bot.db, lambda line: None, time.clock)
    readings.append(work)
    bot.dispatcher.media_came = work.came
    samples.put(bot.config.data, "f", b"a voice")
    task = asyncio.create_task(work.run())
    await run_tasks()
    yield bot
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_it_is_answered_by_its_words(reading: Bot, time: FakeTime) -> None:
    await reading.receive_file("voice")
    await time.advance(30)
    assert reading.engine.bursts == ["[voice] at three"]
    assert reading.reasons() == ["answered"]


async def test_a_slow_reader_is_waited_for_and_no_longer(
    reading: Bot, time: FakeTime, reader: Reader
) -> None:
    reader.takes = asyncio.get_running_loop().create_future()
    await reading.receive_file("voice")
    await time.advance(WAIT - 1)
    assert reading.reasons() == []
    await time.advance(2)
    assert reading.reasons() == ["a draft, since this was not read: voice"]
    reader.takes.set_result(None)
    await time.advance(60)
    assert reading.states() == ["draft"]


async def test_one_that_is_killed_over_it_is_not_waited_for(
    reading: Bot, time: FakeTime, reader: Reader
) -> None:
    reader.gives = lambda: MediaRead("", "", "fake 1", "crashed")
    await reading.receive_file("voice")
    await time.advance(10)
    assert reading.reasons() == ["a draft, since this was not read: voice"]


async def test_one_that_does_not_start_is_as_none(
    reading: Bot, time: FakeTime, reader: Reader
) -> None:
    def refuse() -> MediaRead:
        raise ReaderUnusable(Text("it does not start"))

    reader.gives = refuse
    await reading.receive_file("voice")
    await time.advance(10)
    assert reading.reasons() == ["nothing to answer, since this was not read: voice"]
    await reading.receive("are you there?")
    await time.advance(10)
    assert reading.engine.bursts == ["[voice]\nare you there?"]
