"""Fixtures: a bot with fakes, and its clock."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.twin.driver import Bot, MakeBot
from tests.twin.fakes import FakeConnector, FakeTime


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard and memory look things up at once: a fake clock can't tell when a thread is done."""

    async def at_once(call: Callable[..., Any], *arguments: object) -> Any:
        await asyncio.sleep(0)
        return call(*arguments)

    for module in (
        *("replying.guard", "replying.not_knowing"),
        *("memory.conversation", "stickers.choose"),
    ):
        monkeypatch.setattr(f"twin.{module}.to_thread", at_once)


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
async def make_bot(tmp_path: Path, time: FakeTime) -> AsyncIterator[MakeBot]:
    bots: list[Bot] = []

    def make(connector: FakeConnector | None = None, **sections: Any) -> Bot:
        bots.append(Bot(tmp_path, time, connector, **sections))
        return bots[-1]

    yield make
    for bot in bots:
        await bot.replies.stop()


@pytest.fixture
def bot(make_bot: MakeBot) -> Bot:
    return make_bot()
