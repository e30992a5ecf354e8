"""The account behind a gateway without QQ."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.database import open_database
from tests.twin.connectors.onebot.gateway import ANN, OWNER, FakeGateway, Frame
from tests.twin.connectors.platforms import (
    Keeps,
    LosesAnswers,
    Recalls,
    Redelivers,
    Stickers,
)
from twin.connectors.onebot.connector import OneBotConnector

CAN = (Recalls, Redelivers, Keeps, LosesAnswers, Stickers)
SHOP = {"emoji_package_id": 241904, "emoji_id": "296f", "key": "k1", "summary": "[捂脸]"}


class OneBotPlatform:
    chat = str(ANN)

    def __init__(self, db: Database, folder: Path, gateway: FakeGateway) -> None:
        self._db, self._folder, self._gateway = db, folder, gateway
        self._last: Frame = {}
        self.connector = self._connector()

    def _connector(self) -> OneBotConnector:
        return OneBotConnector(self._db, self._gateway.settings(), self._folder)

    async def say(self, text: str) -> None:
        self._last = await self._gateway.say(text)

    async def recall(self) -> None:
        await self._gateway.recall(self._last)

    async def restart(self) -> None:
        self.connector = self._connector()

    async def say_while_away(self, said: Sequence[tuple[str, int]]) -> None:
        # The bot was away all the time: it asks for what came since it was last seen.
        self._db.execute("UPDATE presence SET seen_at = ?", [min(at for _, at in said)])
        for text, at in said:
            self._gateway.write(text, at=at / 1000)

    def lose_the_next_answer(self) -> None:
        self._gateway.loses_answers = 1

    async def owner_sends_sticker(self) -> None:
        await self._gateway.say([{"type": "mface", "data": SHOP}], by=OWNER, to=ANN)

    def stickers(self) -> list[Any]:
        frames = [frame for frame in self._gateway.kept[ANN] if frame["user_id"] == OWNER]
        return [one for frame in frames for one in frame["message"] if one["type"] == "mface"]

    def shown(self) -> list[str]:
        return [words for chat, words in self._gateway.sent if chat == ANN]


@asynccontextmanager
async def platform(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[OneBotPlatform]:
    gateway = FakeGateway()
    await gateway.start()
    db = open_database(folder / "twin.db")
    yield OneBotPlatform(db, folder, gateway)
    await gateway.stop()
    db.close()
