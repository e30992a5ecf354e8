"""A friend's open tab, without a browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.database import open_database
from storage.invites import create_invite
from tests.twin.connectors.web.serving import FriendsPage
from twin.connectors.web.connector import PageMessage


class Tab:
    def __init__(self) -> None:
        self.lines: list[PageMessage] = []
        self.is_typing = False

    def show(self, line: PageMessage) -> None:
        self.lines.append(line)

    def typing(self, on: bool) -> None:
        self.is_typing = on


class WebPlatform:
    def __init__(self, db: Database, page: FriendsPage) -> None:
        self._token, chat = create_invite(db, "Ann")
        self.connector, self.chat = page.web, chat.external_id
        self._tab = Tab()
        self.connector.attach(self._token, self._tab)
        self._sent = 0

    async def say(self, text: str) -> None:
        self._sent += 1
        assert await self.connector.receive(self._token, text, str(self._sent)) == "accepted"

    def shown(self) -> list[str]:
        return [line.text for line in self._tab.lines if not line.mine]


@asynccontextmanager
async def platform(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[WebPlatform]:
    db = open_database(folder / "twin.db")
    page = FriendsPage(db, rate_per_minute=100)
    async with page.serve():
        yield WebPlatform(db, page)
    db.close()
