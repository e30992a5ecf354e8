"""A Bot API server, a database, and a connector between them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from tests.twin.connectors.telegram.bot_api import BotApi
from tests.twin.connectors.telegram.platform import connector_of
from twin.clock import Clock
from twin.connectors.telegram.connector import TelegramConnector

Make = Callable[[], TelegramConnector]


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """Nobody has connected the bot yet."""
    async with BotApi() as api:
        yield api


class QuickClock:
    """The machine's clock, but that nobody waits; `slept` are the waits in seconds."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.clock = Clock(sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        assert len(self.slept) < 1000, "it would wait for ever"
        await asyncio.sleep(0)


@pytest.fixture
def quick() -> QuickClock:
    return QuickClock()


@pytest.fixture
def connector(api: BotApi, db: Database, tmp_path: Path, quick: QuickClock) -> TelegramConnector:
    return connector_of(api, db, tmp_path, clock=quick.clock)
