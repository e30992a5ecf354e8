"""The whole bot on a real gateway: a friend writes, the twin answers, the owner takes over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database

from tests.twin.connectors.conftest import Make
from tests.twin.connectors.running import until
from tests.twin.connectors.wechaty.gateway import ANN, OWNER, Gateway
from tests.twin.fakes import FakeEngine, chat_with, config_in
from twin.app import App
from twin.config.schema import Config, PolicySettings, ReplySettings
from twin.connectors.base import Connector


@pytest.fixture
def config(tmp_path: Path) -> Config:
    at_once = ReplySettings(quiet_seconds=0, chars_per_second=10_000, disclose="never")
    awake = PolicySettings(quiet_hours="")
    return config_in(tmp_path).model_copy(update={"reply": at_once, "policy": awake})


@asynccontextmanager
async def running(
    config: Config, db: Database, connector: Connector, engine: FakeEngine
) -> AsyncIterator[None]:
    bot = App(config, db, [connector], engine)
    task = asyncio.create_task(bot.run())
    try:
        await until(lambda: connector.status().state == "running")
        yield
    finally:
        bot.stop()
        await asyncio.wait_for(task, 20)


def log_of(db: Database) -> list[tuple[str, str]]:
    return list(db.execute("SELECT origin, text FROM messages ORDER BY id").fetchall())


async def test_the_reply_arrives_once_and_is_the_twins(
    gateway: Gateway, db: Database, config: Config, make: Make
) -> None:
    gateway.login()
    chat_with(db, ANN, platform="wechat")
    engine = FakeEngine()
    engine.enqueue("fine\nand you?")
    async with running(config, db, make(gateway.settings()), engine):
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
    async with running(config, db, make(gateway.settings()), engine):
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
    async with running(config, db, connector, FakeEngine()):
        own_gateway.stop()
        await until(lambda: connector.status().state == "failed")
        own_gateway.start()
        own_gateway.login()
        await until(lambda: connector.status().state == "running")
        own_gateway.say("back?")
        await until(lambda: own_gateway.sent() == ["ok"])
