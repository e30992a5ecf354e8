"""The account behind a real gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from storage.database import open_database
from tests.twin.connectors.platforms import Recalls
from tests.twin.connectors.wechaty.gateway import ANN, Gateway
from twin.connectors.wechaty.connector import WechatyConnector

MARKS = (pytest.mark.gateway,)
CAN = (Recalls,)


class WechatyPlatform:
    chat = ANN

    def __init__(self, connector: WechatyConnector, gateway: Gateway) -> None:
        self.connector, self._gateway, self._last = connector, gateway, ""

    async def say(self, text: str) -> None:
        self._last = uuid4().hex
        self._gateway.raw(self._last, 7, text)

    async def recall(self) -> None:
        self._gateway.raw(uuid4().hex, 13, self._last)

    def shown(self) -> list[str]:
        return self._gateway.sent()


@asynccontextmanager
async def platform(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[WechatyPlatform]:
    gateway: Gateway = request.getfixturevalue("gateway")
    gateway.login()
    db = open_database(folder / "twin.db")
    yield WechatyPlatform(WechatyConnector(db, gateway.settings(), folder), gateway)
    db.close()
