"""Run a connector and collect its events."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from storage.errors import TwinError
from twin.clock import SYSTEM_CLOCK
from twin.connectors.base import Connector, Emit, Event, LoggedIn
from twin.replying.supervise import Backoff, supervise

LIMIT_S = 30.0

E = TypeVar("E", bound=Event)


class Events:
    """Every event, in its order; `first` waits for one and takes it out.

    `into` has each event before: the real inbox, say.
    """

    def __init__(self, into: Emit | None = None) -> None:
        self._into = into
        self.all: list[Event] = []
        self.refuse: Callable[[Event], bool] = lambda event: False
        self._changed = asyncio.Condition()

    async def emit(self, name: str, event: Event) -> None:
        if self.refuse(event):
            raise RuntimeError("the disk is full")
        if self._into is not None:
            await self._into(name, event)
        async with self._changed:
            self.all.append(event)
            self._changed.notify_all()

    async def first(self, kind: type[E], where: Callable[[E], bool] = lambda event: True) -> E:
        def found() -> E | None:
            return next((e for e in self.all if isinstance(e, kind) and where(e)), None)

        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(lambda: found() is not None), LIMIT_S)
            event = found()
        assert event is not None
        self.all.remove(event)
        return event


async def until(condition: Callable[[], Any]) -> None:
    """Wait for what no event announces."""
    async with asyncio.timeout(LIMIT_S):
        while not condition():  # noqa: ASYNC110 - it may be in another process
            await asyncio.sleep(0.02)


@asynccontextmanager
async def at_work(
    connector: Connector, *, logged_in: bool = True, into: Emit | None = None
) -> AsyncIterator[Events]:
    """The connector runs; its connection may be lost meanwhile, as `status` tells."""
    events = Events(into)
    task = asyncio.create_task(connector.run(events.emit))
    try:
        if logged_in:
            login = asyncio.create_task(events.first(LoggedIn))
            await asyncio.wait({login, task}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                login.cancel()
                task.result()
            await login
        yield events
    finally:
        await connector.stop()
        with suppress(TwinError):
            await asyncio.wait_for(task, LIMIT_S)


@asynccontextmanager
async def kept_running(connector: Connector, emit: Emit) -> AsyncIterator[None]:
    """As the bot runs it: again whenever it ends, until the block does."""
    stopping = asyncio.Event()
    run, soon = partial(connector.run, emit), Backoff(0.02, 0.02)
    task = asyncio.create_task(supervise("it", run, stopping.is_set, SYSTEM_CLOCK, soon))
    try:
        yield
    finally:
        stopping.set()
        await connector.stop()
        await asyncio.wait_for(task, LIMIT_S)
