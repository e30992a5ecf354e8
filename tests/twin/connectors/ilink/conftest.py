"""The bot as its owner has it, and a clock that tests move on."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import now_ms
from tests.twin.connectors.ilink.platform import ILinkPlatform, owners_bot
from twin.clock import Clock, monotonic_s


class Hours:
    """The time of day with `later` added; nobody waits."""

    def __init__(self) -> None:
        self.later = 0.0
        self.clock = Clock(self.now, monotonic_s, lambda seconds: asyncio.sleep(0))

    def now(self) -> int:
        return now_ms() + round(self.later * 3_600_000)


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
async def bot(tmp_path: Path, hours: Hours) -> AsyncIterator[ILinkPlatform]:
    async with owners_bot(tmp_path, hours.clock) as made:
        yield made
