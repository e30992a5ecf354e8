"""Nothing that a friend writes is lost or logged twice, whatever happens to the bot meanwhile."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.clock_jumps import move_times
from storage.database import now_ms, open_database
from tests.twin.connectors.platforms import (
    Keeps,
    Platform,
    Redelivers,
    most_of,
    those_that,
    written_by_owner,
)
from tests.twin.connectors.running import LIMIT_S, kept_running, until
from tests.twin.connectors.wechaty.inboxes import inbox_of
from tests.twin.driver import Bot
from tests.twin.fakes import FakeTime
from twin.connectors.base import Emit, Event, MessageReceived

pytestmark = pytest.mark.server

HOUR_S, HOUR_MS, MINUTE_MS = 3600, 3_600_000, 60_000


class Inbox:
    """The real inbox. At messages with that text the disk is full once, or the process ends."""

    def __init__(
        self, handle: Emit, *, full_at: str = "", end_before: str = "", end_after: str = ""
    ) -> None:
        self._handle, self._full_at = handle, full_at
        self._end_before, self._end_after = end_before, end_after
        self.is_at_the_end = asyncio.Event()

    async def emit(self, name: str, event: Event) -> None:
        text = event.text if isinstance(event, MessageReceived) else None
        if text == self._full_at:
            self._full_at = ""
            raise RuntimeError("the disk is full")
        if text == self._end_before:
            await self._never_return()
        await self._handle(name, event)
        if text == self._end_after:
            await self._never_return()

    async def _never_return(self) -> None:
        self.is_at_the_end.set()
        await asyncio.Event().wait()


def logged(db: Database) -> list[str]:
    return [text for (text,) in db.execute("SELECT text FROM messages ORDER BY sent_at, id")]


@those_that(Redelivers)
async def test_what_could_not_be_logged_comes_again(platform: Platform, tmp_path: Path) -> None:
    db = open_database(tmp_path / "twin.db")
    inbox = Inbox(inbox_of(db).handle, full_at="one")
    async with kept_running(platform.connector, inbox.emit):
        await until(lambda: platform.connector.status().state == "running")
        await platform.say("one")
        await platform.say("two")
        await until(lambda: len(logged(db)) > 1)
    assert logged(db) == ["one", "two"]
    db.close()


@those_that(Redelivers)
async def test_killed_at_any_step_it_loses_none_and_doubles_none(
    platform: Platform, tmp_path: Path
) -> None:
    assert isinstance(platform, Redelivers)
    db = open_database(tmp_path / "twin.db")
    said: list[str] = []
    ends = ({"end_before": "0a"}, {"end_after": "1a"}, {"end_before": "2b"}, {"end_after": "3b"})
    for end in ends:
        inbox = Inbox(inbox_of(db).handle, **end)
        running = asyncio.create_task(platform.connector.run(inbox.emit))
        await until(lambda: platform.connector.status().state == "running")
        texts = [f"{len(said) // 2}{letter}" for letter in "ab"]
        for text in texts:
            await platform.say(text)
        await asyncio.wait_for(inbox.is_at_the_end.wait(), 10)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await platform.restart()
        said += texts
    async with kept_running(platform.connector, inbox_of(db).handle):
        await platform.say("end")
        await until(lambda: "end" in logged(db))
    assert logged(db) == [*said, "end"]
    db.close()


@those_that(Keeps)
async def test_what_was_written_while_away_is_logged_and_what_is_young_is_answered(
    name: str, platform: Platform, tmp_path: Path, time: FakeTime
) -> None:
    assert isinstance(platform, Keeps)
    answers = ["ok"] * (not written_by_owner(name))
    time.seconds = now_ms() / 1000
    bot = bot_of(platform, tmp_path, time)
    async with kept_running(platform.connector, bot.inbox.handle):
        await until(lambda: platform.connector.status().state == "running")
        await platform.say("before")
        await until(lambda: logged(bot.db))
        await until_shown(platform, time, answers)
        await until(lambda: len(logged(bot.db)) > len(answers))
    await bot.replies.stop()

    move_times(bot.db, time.now(), -4 * HOUR_MS)  # that was hours ago
    said = [(f"old {n}", time.now() - 3 * HOUR_MS + n * 1000) for n in range(most_of(name) - 2)]
    said += [(f"young {n}", time.now() - MINUTE_MS + n * 1000) for n in range(2)]
    await platform.say_while_away(said)
    await platform.restart()
    bot = bot_of(platform, tmp_path, time)
    async with kept_running(platform.connector, bot.inbox.handle):
        await until(lambda: len(logged(bot.db)) > len(said) + len(answers))
        await until_shown(platform, time, answers * 2)
        await time.advance(HOUR_S)
    rows = bot.db.execute("SELECT text, sent_at FROM messages WHERE origin != 'twin' ORDER BY id")
    told = rows.fetchall()[1:]
    assert [text for text, _ in told] == [text for text, _ in said]
    assert all(abs(at - own) <= 1000 for (_, at), (_, own) in zip(told, said, strict=True))
    assert platform.shown() == answers * 2
    await bot.replies.stop()


def bot_of(platform: Platform, folder: Path, time: FakeTime) -> Bot:
    """One that answers what is said there."""
    bot = Bot(
        folder,
        time,
        others=[platform.connector],
        policy={"quiet_hours": ""},
        reply={"disclose": "never"},
    )
    upsert_chat(bot.db, platform.connector.name, platform.chat, "Ann", mode="auto")
    bot.replies.start()
    return bot


async def until_shown(platform: Platform, time: FakeTime, texts: Sequence[str]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while len(platform.shown()) < len(texts):
            await time.advance(1)
            await asyncio.sleep(0.01)
