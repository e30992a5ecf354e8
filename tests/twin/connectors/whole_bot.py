"""A whole bot that answers at once, with real connectors; only the model is a fake."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlite_utils import Database

from tests.twin.connectors.running import LIMIT_S, until
from tests.twin.fakes import FakeEngine, config_in
from twin.app import App
from twin.config.schema import Config, PolicySettings, ReplySettings
from twin.connectors.base import Connector


def at_once(folder: Path) -> Config:
    """Settings of a twin that never waits, never sleeps and does not say what it is."""
    reply = ReplySettings(quiet_seconds=0, chars_per_second=10_000, disclose="never")
    awake = PolicySettings(quiet_hours="")
    return config_in(folder).model_copy(update={"reply": reply, "policy": awake})


@asynccontextmanager
async def bot_runs(
    config: Config, db: Database, connectors: list[Connector], engine: FakeEngine
) -> AsyncIterator[None]:
    bot = App(config, db, connectors, engine)
    task = asyncio.create_task(bot.run())
    try:
        await until(lambda: all(one.status().state == "running" for one in connectors))
        yield
    finally:
        bot.stop()
        await asyncio.wait_for(task, LIMIT_S)
