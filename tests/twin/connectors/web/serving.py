"""The friends' page on a free port of this machine."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from sqlite_utils import Database

from storage.database import file_of
from tests.quick_servers import quick_servers
from twin.connectors.base import Emit, Event
from twin.connectors.web.connector import WebConnector
from twin.connectors.web.page import add_friends_page
from twin.connectors.web.settings import Settings
from twin.web.server import WebServer

quick_servers()


class Clock:
    """Seconds, which a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class FriendsPage:
    """`settings`: other than the defaults of [web]. `web` is the connector."""

    def __init__(
        self,
        db: Database,
        owner: str = "",
        clock: Callable[[], float] = time.monotonic,
        **settings: Any,
    ) -> None:
        section = Settings().model_copy(update={"port": 0} | settings)
        self.server = WebServer(section)
        self.web = WebConnector(db, section, self.server, owner, clock, file_of(db).parent)
        self.server.add(partial(add_friends_page, connector=self.web))

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[None]:
        """The server alone; its port is free again afterwards."""
        serving = asyncio.create_task(self.server.run())
        up = asyncio.create_task(self.server.up())
        try:
            await asyncio.wait({serving, up}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
            yield
        finally:
            up.cancel()
            await self.server.stop()
            await asyncio.wait_for(serving, 10)

    @asynccontextmanager
    async def run(self, emit: Emit) -> AsyncIterator[None]:
        """Server and connector; what friends write is given to `emit`."""
        ready = asyncio.Event()

        async def tell(name: str, event: Event) -> None:
            ready.set()
            await emit(name, event)

        async with self.serve():
            connected = asyncio.create_task(self.web.run(tell))
            try:
                await asyncio.wait_for(ready.wait(), 10)
                yield
            finally:
                await self.web.stop()
                await asyncio.wait_for(connected, 10)
