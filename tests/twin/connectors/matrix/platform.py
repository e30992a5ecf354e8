"""The account on a real Matrix server."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.database import open_database
from tests.twin.connectors.matrix.lossy_proxy import LossyProxy, lossy_proxy
from tests.twin.connectors.matrix.synapse import Synapse
from tests.twin.connectors.matrix.world import World
from tests.twin.connectors.platforms import EVERYTHING
from twin.connectors.matrix.account import save_account
from twin.connectors.matrix.connector import MatrixConnector
from twin.connectors.matrix.settings import Settings

MARKS = (pytest.mark.gateway,)
CAN = EVERYTHING
WHILE_AWAY = 120  # the server takes 10 ms for each; more than one page of what was missed


class MatrixPlatform:
    def __init__(self, db: Database, world: World, folder: Path, proxy: LossyProxy) -> None:
        save_account(folder, replace(world.account, homeserver=proxy.url))
        self._db, self._folder, self._proxy, self._last = db, folder, proxy, ""
        self.chat, self.world = world.chat, world
        self.connector = self._connector()

    def _connector(self) -> MatrixConnector:
        return MatrixConnector(self._db, Settings(enabled=True), self._folder)

    async def say(self, text: str) -> None:
        self._last = await asyncio.to_thread(self.world.say, text)

    async def edit(self, text: str) -> None:
        await asyncio.to_thread(self.world.edit, self.world.ann, self._last, text)

    async def recall(self) -> None:
        await asyncio.to_thread(self.world.redact, self.world.ann, self._last)

    async def say_while_away(self, said: Sequence[tuple[str, int]]) -> None:
        def say_all() -> None:
            for text, at in said:
                self.world.say_at(text, at)

        await asyncio.to_thread(say_all)

    async def restart(self) -> None:
        self.connector = self._connector()

    def lose_the_next_answer(self) -> None:
        self._proxy.loses = 2  # aiohttp asks once more by itself

    async def owner_sends_sticker(self) -> None:
        content = {"body": "hi", "url": "mxc://twin.test/abc", "info": {"w": 9, "h": 9}}
        world = self.world
        await asyncio.to_thread(world.tell, world.phone, content, "", "m.sticker")

    def stickers(self) -> list[Any]:
        return [event["content"] for event in self.world.by_owner() if event["type"] == "m.sticker"]

    def shown(self) -> list[str]:
        return self.world.shown()


@asynccontextmanager
async def platform(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[MatrixPlatform]:
    server: Synapse = request.getfixturevalue("synapse")
    world = await asyncio.to_thread(World, server)
    db = open_database(folder / "twin.db")
    async with lossy_proxy(server.url) as proxy:
        yield MatrixPlatform(db, world, folder, proxy)
    db.close()
