"""A connection that stays down is told once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.twin.fakes import FakeConnector, FakeTime
from twin.replying.connection_notices import DOWN_S, GAP_S, LOOK_S, ConnectionNotices
from twin.replying.notices import Notice


class Watched:
    def __init__(self, time: FakeTime) -> None:
        self.time, self.told = time, list[Notice]()
        self.wechat, self.other = FakeConnector("wechat"), FakeConnector("other")

    async def after(self, seconds: float, state: str) -> list[str]:
        """What is told until then, while WeChat is in that state."""
        self.wechat.status().state = state  # type: ignore[assignment]
        before = len(self.told)
        await self.time.advance(LOOK_S)
        self.time.seconds += seconds - 2 * LOOK_S
        await self.time.advance(LOOK_S)
        return [notice.text for notice in self.told[before:]]


@pytest.fixture
async def watched(time: FakeTime) -> AsyncIterator[Watched]:
    made = Watched(time)
    notices = ConnectionNotices([made.wechat, made.other], made.told.append, time.clock)
    task = asyncio.create_task(notices.watch())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_one_that_comes_back_by_itself_is_no_news(watched: Watched) -> None:
    assert await watched.after(DOWN_S - LOOK_S, "failed") == []
    assert await watched.after(60, "running") == []
    assert await watched.after(DOWN_S - LOOK_S, "starting") == []


async def test_one_that_stays_down_is_told_once(watched: Watched) -> None:
    watched.wechat.status().last_error = "logged out"
    [line] = await watched.after(DOWN_S + 3 * LOOK_S, "failed")
    assert line == "WeChat is not connected: logged out"
    assert watched.told[0].passing
    assert watched.told[0].brief == "WeChat is not connected."
    assert await watched.after(2 * GAP_S, "failed") == []


async def test_one_that_comes_and_goes_is_told_a_few_times_a_day(watched: Watched) -> None:
    assert len(await watched.after(DOWN_S + 3 * LOOK_S, "failed")) == 1
    for _ in range(3):
        assert await watched.after(60, "running") == []
        assert await watched.after(2 * DOWN_S, "failed") == []
    await watched.after(GAP_S, "running")
    assert len(await watched.after(DOWN_S + 3 * LOOK_S, "failed")) == 1
