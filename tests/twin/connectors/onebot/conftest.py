"""A gateway without QQ, and connectors to it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from tests.twin.connectors.onebot.gateway import FakeGateway
from twin.connectors.onebot.connector import OneBotConnector
from twin.connectors.onebot.settings import TOKEN_VARIABLE

Make = Callable[..., OneBotConnector]


@pytest.fixture(autouse=True)
def no_token_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)


@pytest.fixture
async def qq() -> AsyncIterator[FakeGateway]:
    gateway = FakeGateway()
    await gateway.start()
    yield gateway
    await gateway.stop()


@pytest.fixture
def make(qq: FakeGateway, db: Database, tmp_path: Path) -> Make:
    def made(**settings: Any) -> OneBotConnector:
        return OneBotConnector(db, qq.settings(**settings), tmp_path)

    return made
