"""A fake server, and an engine that asks it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.twin.engine.server.fake_sglang import FakeSglang
from tests.twin.engine.server.fake_vllm import FakeVllm
from twin.clock import Clock
from twin.config.engine_section import EngineSettings
from twin.config.schema import Config
from twin.engine.server.engine import ServerEngine

MakeEngine = Callable[..., ServerEngine]


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWIN_ENGINE_KEY", raising=False)


@pytest.fixture
async def vllm(base: Path) -> AsyncIterator[FakeVllm]:
    async with FakeVllm(base) as fake:
        yield fake


@pytest.fixture(params=[FakeVllm, FakeSglang])
async def server(request: pytest.FixtureRequest, base: Path) -> AsyncIterator[FakeVllm]:
    """Of each kind that loads adapters while it runs."""
    async with request.param(base) as fake:
        yield fake


def asks(config: Config, server: str, **settings: Any) -> Config:
    """The same twin, answered by that server."""
    return config.model_copy(update={"engine": EngineSettings(server=server, **settings)})


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


@pytest.fixture
async def make(config: Config) -> AsyncIterator[MakeEngine]:
    """Makes engines, which the test need not stop."""
    engines: list[ServerEngine] = []

    def make_engine(server: str, **settings: Any) -> ServerEngine:
        local = settings.pop("local", None)
        options = {} if local is None else {"local": local}
        engine = ServerEngine(asks(config, server, **settings), Clock(sleep=at_once), **options)
        engines.append(engine)
        return engine

    yield make_engine
    for engine in engines:
        await engine.stop()
