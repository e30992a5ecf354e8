"""The whole bot on a real gateway: a friend writes, the twin answers, the owner takes over."""

import asyncio
from pathlib import Path

import pytest
from sqlite_utils import Database

from tests.twin.connectors.conftest import Make
from tests.twin.connectors.running import until
from tests.twin.connectors.wechaty.gateway import ANN, OWNER, Gateway
from tests.twin.connectors.whole_bot import at_once, bot_runs
from tests.twin.fakes import FakeEngine, chat_with
from twin.config.schema import Config


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return at_once(tmp_path)


def log_of(db: Database) -> list[tuple[str, str]]:
    return list(db.execute("SELECT origin, text FROM messages ORDER BY id").fetchall())


async def test_the_reply_arrives_once_and_is_the_twins(
    gateway: Gateway, db: Database, config: Config, make: Make
) -> None:
    gateway.login()
    chat_with(db, ANN, platform="wechat")
    engine = FakeEngine()
    engine.enqueue("fine\nand you?")
    async with bot_runs(config, db, [make(gateway.settings())], engine):
        gateway.say("how are you?")
        await until(lambda: len(log_of(db)) == 3)
    assert gateway.sent() == ["fine", "and you?"]
    assert log_of(db) == [("peer", "how are you?"), ("twin", "fine"), ("twin", "and you?")]
    states = db.execute("SELECT DISTINCT state FROM outbox").fetchall()
    assert states == [("sent",)]


async def test_the_owner_on_the_phone_stops_it(
    gateway: Gateway, db: Database, config: Config, make: Make
) -> None:
    gateway.login()
    chat_with(db, ANN, platform="wechat")
    engine = FakeEngine()
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    engine.enqueue(answer)
    async with bot_runs(config, db, [make(gateway.settings())], engine):
        gateway.say("how are you?")
        await until(lambda: engine.asked)
        gateway.say("I'm here myself", by=OWNER, to=ANN)
        await until(lambda: ("owner", "I'm here myself") in log_of(db))
        await until(answer.cancelled)
        gateway.say("good")
        await until(lambda: ("peer", "good") in log_of(db))
    assert gateway.sent() == []


async def test_without_the_gateway_the_bot_runs_on(
    own_gateway: Gateway, db: Database, config: Config, make: Make
) -> None:
    own_gateway.login()
    chat_with(db, ANN, platform="wechat")
    connector = make(own_gateway.settings())
    async with bot_runs(config, db, [connector], FakeEngine()):
        own_gateway.stop()
        await until(lambda: connector.status().state == "failed")
        own_gateway.start()
        own_gateway.login()
        await until(lambda: connector.status().state == "running")
        own_gateway.say("back?")
        await until(lambda: own_gateway.sent() == ["ok"])
