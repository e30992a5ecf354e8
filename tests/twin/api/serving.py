"""The API on a real port of this machine."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from storage.adapters import promote
from storage.database import open_database
from storage.keys import create_key
from tests.quick_servers import quick_servers
from tests.registry import enter_adapter
from tests.twin.fakes import FakeEngine, FakeTime, config_in
from twin.actions import Actions
from twin.api.app import add_api
from twin.api.context import ApiContext
from twin.config.schema import ApiSettings, Config

quick_servers()


@dataclass
class Stage:
    """A context with its fakes in hand, two keys, and where it is served."""

    context: ApiContext
    engine: FakeEngine
    time: FakeTime
    chat_key: str
    manage_key: str
    orders: list[str]
    url: str = ""

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        # Without TLS: reading the certificates takes longer than a request.
        return httpx.AsyncClient(base_url=self.url, headers=headers, verify=False, timeout=60)

    async def get(self, path: str, key: str | None = None) -> httpx.Response:
        async with self.client(key or self.manage_key) as client:
            return await client.get(path)


def stage_in(folder: Path, **api: object) -> Stage:
    """`api`: settings other than the defaults."""
    config = config_in(folder).model_copy(update={"api": ApiSettings.model_validate(api)})
    db, engine, time, orders = open_database(config.database), FakeEngine(), FakeTime(), list[str]()

    actions = Actions(config, db, time.clock, begin_training=lambda: orders.append("train"))
    context = ApiContext(config, db, engine, actions, time.clock)
    chat_key, _ = create_key(db, "bot")
    manage_key, _ = create_key(db, "script", "manage")
    return Stage(context, engine, time, chat_key, manage_key, orders)


def add_adapter(context: ApiContext, name: str, live: bool = True, base: str | None = None) -> None:
    config: Config = context.config
    enter_adapter(context.db, name, base_model=base or config.model.base, rules="sessions")
    config.path_of("adapters", name).mkdir(parents=True)
    if live:
        promote(context.db, name)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield  # Ctrl+C is pytest's


@contextlib.asynccontextmanager
async def served(context: ApiContext) -> AsyncIterator[str]:
    """The address while it is served."""
    app = FastAPI(openapi_url=None)
    add_api(app, context)
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False)
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    await server.is_up.wait()
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await task
