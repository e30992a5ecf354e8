"""The owner's Telegram account behind a Bot API server on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.database import open_database
from tests.twin.connectors.telegram.bot_api import ANN, TOKEN, BotApi
from twin.clock import SYSTEM_CLOCK, Clock
from twin.connectors.telegram.account import save_token
from twin.connectors.telegram.connector import TelegramConnector
from twin.connectors.telegram.settings import Settings


def connector_of(
    api: BotApi, db: Database, data: Path, *, clock: Clock = SYSTEM_CLOCK, media_mb: float = 20
) -> TelegramConnector:
    save_token(data, TOKEN)
    settings = Settings(enabled=True, server=api.url, media_mb=media_mb)
    return TelegramConnector(db, settings, data, clock)


class TelegramPlatform:
    chat = str(ANN["id"])

    def __init__(self, api: BotApi, connector: TelegramConnector) -> None:
        self._api, self.connector = api, connector

    async def say(self, text: str) -> None:
        self._api.friend_says(text)

    def shown(self) -> list[str]:
        return self._api.said()


@asynccontextmanager
async def platform(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[TelegramPlatform]:
    db = open_database(folder / "twin.db")
    async with BotApi() as api:
        api.connect()
        api.heard(ANN)
        yield TelegramPlatform(api, connector_of(api, db, folder))
    db.close()
