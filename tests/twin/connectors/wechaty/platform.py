"""The account behind a real gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from storage.database import open_database
from tests.twin.connectors.wechaty.gateway import ANN, Gateway
from twin.connectors.wechaty.connector import WechatyConnector

MARKS = (pytest.mark.gateway,)


class WechatyPlatform:
    chat = ANN

    def __init__(self, connector: WechatyConnector, gateway: Gateway) -> None:
        self.connector, self._gateway = connector, gateway

    async def say(self, text: str) -> None:
        self._gateway.say(text)

    def shown(self) -> list[str]:
        return self._gateway.sent()


@asynccontextmanager
async def platform(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[WechatyPlatform]:
    gateway: Gateway = request.getfixturevalue("gateway")
    gateway.login()
    db = open_database(folder / "twin.db")
    yield WechatyPlatform(WechatyConnector(db, gateway.settings(), folder), gateway)
    db.close()
