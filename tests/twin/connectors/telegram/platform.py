"""The owner's Telegram account behind a Bot API server on loopback."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.database import open_database
from tests.twin.connectors.platforms import EVERYTHING
from tests.twin.connectors.telegram.bot_api import ANN, STICKER, TOKEN, BotApi, Told
from twin.clock import SYSTEM_CLOCK, Clock
from twin.connectors.telegram.account import save_token
from twin.connectors.telegram.connector import TelegramConnector
from twin.connectors.telegram.settings import Settings

CAN = EVERYTHING


def connector_of(
    api: BotApi, db: Database, data: Path, *, clock: Clock = SYSTEM_CLOCK, media_mb: float = 20
) -> TelegramConnector:
    save_token(data, TOKEN)
    settings = Settings(enabled=True, server=api.url, media_mb=media_mb)
    return TelegramConnector(db, settings, data, clock)


class TelegramPlatform:
    chat = str(ANN["id"])

    def __init__(self, api: BotApi, db: Database, folder: Path) -> None:
        self._api, self._db, self._folder = api, db, folder
        self.connector = connector_of(api, db, folder)
        self._last: Told = {}
        self._typed: Told = {}

    async def say(self, text: str) -> None:
        self._last = self._api.friend_says(text)

    async def edit(self, text: str) -> None:
        self._api.edit(self._last, text)

    async def recall(self) -> None:
        self._api.delete(self._last)

    async def restart(self) -> None:
        self.connector = connector_of(self._api, self._db, self._folder)

    async def say_while_away(self, said: Sequence[tuple[str, int]]) -> None:
        for text, at in said:
            self._api.ahead_s = at / 1000 - time.time()
            self._api.friend_says(text)
        self._api.ahead_s = 0.0

    def lose_the_next_answer(self) -> None:
        self._api.drops.add("sendmessage")

    async def owner_sends_sticker(self) -> None:
        self._typed = self._api.owner_types(None, sticker=STICKER)

    def stickers(self) -> list[Any]:
        return [self._typed["sticker"], *(m["sticker"] for m in self._api.sent if "sticker" in m)]

    def shown(self) -> list[str]:
        return self._api.said()


@asynccontextmanager
async def platform(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[TelegramPlatform]:
    db = open_database(folder / "twin.db")
    async with BotApi() as api:
        api.connect()
        api.heard()
        yield TelegramPlatform(api, db, folder)
    db.close()
