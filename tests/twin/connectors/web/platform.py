"""A friend's open tab, without a browser."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.database import open_database
from storage.invites import create_invite
from tests.twin.connectors.platforms import Redelivers
from tests.twin.connectors.web.serving import FriendsPage
from twin.connectors.web.connector import PageMessage, WebConnector


class Tab:
    def __init__(self) -> None:
        self.lines: list[PageMessage] = []
        self.is_typing = False

    def show(self, line: PageMessage) -> None:
        self.lines.append(line)

    def typing(self, on: bool) -> None:
        self.is_typing = on


CAN = (Redelivers,)


class WebPlatform:
    """The page posts each message until it is taken, one after the other."""

    def __init__(self, db: Database) -> None:
        self._db, self._opened = db, AsyncExitStack()
        self._token, chat = create_invite(db, "Ann")
        self.chat, self._tab = chat.external_id, Tab()
        self._sent, self._unsent = 0, deque[tuple[str, str]]()
        self._posting: asyncio.Task[None] | None = None
        self.connector: WebConnector

    async def open(self) -> None:
        page = FriendsPage(self._db, rate_per_minute=100)
        await self._opened.enter_async_context(page.serve())
        self.connector = page.web
        self.connector.attach(self._token, self._tab)
        self._posting = asyncio.create_task(self._post())

    async def close(self) -> None:
        if self._posting is not None:
            self._posting.cancel()
        await self._opened.aclose()

    async def restart(self) -> None:
        await self.close()
        await self.open()

    async def say(self, text: str) -> None:
        self._sent += 1
        self._unsent.append((text, str(self._sent)))

    async def _post(self) -> None:
        while True:
            if self._unsent:
                receipt = await self.connector.receive(self._token, *self._unsent[0])
                if receipt == "accepted":
                    self._unsent.popleft()
            await asyncio.sleep(0.01)

    def shown(self) -> list[str]:
        return [line.text for line in self._tab.lines if not line.mine]


@asynccontextmanager
async def platform(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[WebPlatform]:
    db = open_database(folder / "twin.db")
    made = WebPlatform(db)
    await made.open()
    yield made
    await made.close()
    db.close()
