"""What the server has of this twin: its base, the live adapter, and one other beside it."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage.errors import TwinError
from twin.config.schema import Config
from twin.engine.adapter_files import check_adapter
from twin.engine.base import EngineUnavailable
from twin.engine.sampling import Sampling, sampling_of
from twin.engine.server.adapters import ServedAdapter
from twin.engine.server.client import ServerClient
from twin.engine.server.connection import Connection, connect
from twin.engine.server.prompts import Prompts

log = logging.getLogger(__name__)

OTHER_IDLE_S = 300.0  # another adapter than the live one is kept so long without a request


@dataclass(eq=False, slots=True)
class TwinAdapter:
    """An adapter that requests refer to; None for name and path is the base.

    `served`: as the server knows it, once it does. `users`: requests under way. `is_wanted`: it is
    live, or the other.
    """

    name: str | None
    path: Path | None
    sampling: Sampling
    served: ServedAdapter | None = None
    users: int = 0
    is_wanted: bool = True


class ServedModels:
    """Connects to the server, again where it was lost, and keeps there what requests need."""

    def __init__(
        self, config: Config, client: ServerClient, prompts: Prompts, *, judges: bool = False
    ) -> None:
        self.config, self.client, self.prompts = config, client, prompts
        self._judges = judges
        self._live: TwinAdapter | None = None
        self._other: TwinAdapter | None = None
        self._other_timer: asyncio.TimerHandle | None = None
        self._known: dict[str | None, TwinAdapter] = {}
        self._connection: Connection | None = None
        self._failure: EngineUnavailable | None = None
        self.folds_system = False  # the server's own template refuses a system text
        self._lock = asyncio.Lock()  # held while the server is met, or told of an adapter
        self._unloading: set[asyncio.Task[None]] = set()
        self._cleared: Connection | None = None  # where nothing is left of an earlier bot

    @property
    def live(self) -> TwinAdapter:
        """Raises TwinError before the first `make_live` and after `close`."""
        if self._live is None:
            raise TwinError("engine: no model is loaded; start the engine first")
        return self._live

    async def connect(self) -> Connection:
        """The server as it was met last, or met now. Whoever waited while another tried in vain
        gets that failure: a server that hangs makes nobody wait twice.
        """
        if self._connection is not None:
            return self._connection
        failure = self._failure
        async with self._lock:
            if self._connection is None:
                if self._failure is not None and self._failure is not failure:
                    raise self._failure.with_traceback(None)
                try:
                    self._connection = await connect(
                        self.client, self.config, self.prompts, judges=self._judges
                    )
                except EngineUnavailable as error:
                    self._failure = error
                    raise
            return self._connection

    def lost(self, connection: Connection) -> None:
        """The server may have been started again, with nothing of ours in it."""
        if self._connection is connection:
            self._connection, self.folds_system = None, False
            for adapter in self._known.values():
                adapter.served = None

    async def serve(self, connection: Connection, adapter: TwinAdapter) -> ServedAdapter:
        """The adapter as the server knows it, brought there if need be.

        Raises TwinError where the server refuses it.
        """
        if adapter.served is None:
            async with self._lock:
                if adapter.served is None:
                    adapter.served = await connection.adapters.load(adapter.name, adapter.path)
        return adapter.served

    async def make_live(self, name: str | None, path: Path | None, *, brings: bool = True) -> None:
        """Requests are answered by that adapter from now on; the old one is unloaded after its
        last reply. Without `brings` it is brought to the server with the first request.

        Raises TwinError when it is refused; the old one then stays.
        """
        adapter = await self._ready(name, path, brings=brings)
        before, self._live = self._live, adapter
        if self._other is adapter:
            self._other = None
        if before is not None and before is not adapter:
            self._drop(before)

    async def beside(self, name: str | None, path: Path | None) -> TwinAdapter:
        """An adapter beside the live one; one is kept. Raises TwinError when it is refused."""
        if self.live.name == name:
            return self.live
        adapter = await self._ready(name, path)
        if self._other is not None and self._other is not adapter:
            self._drop(self._other)
        self._other = adapter
        if self._other_timer is not None:
            self._other_timer.cancel()
        loop = asyncio.get_running_loop()
        self._other_timer = loop.call_later(OTHER_IDLE_S, self.drop_other)
        return adapter

    def drop_other(self) -> None:
        if self._other_timer is not None:
            self._other_timer.cancel()
        other, self._other, self._other_timer = self._other, None, None
        if other is not None:
            self._drop(other)

    @contextmanager
    def in_use(self, adapter: TwinAdapter) -> Iterator[None]:
        """It stays at the server until the end of the block."""
        adapter.users += 1
        try:
            yield
        finally:
            adapter.users -= 1
            self._unload_unless_needed(adapter)

    async def clear(self) -> None:
        """Unload what was brought to the server, and is used by none."""
        for adapter in list(self._known.values()):
            adapter.is_wanted = False
            await self._unload(adapter)

    async def close(self) -> None:
        self._live = self._other = None
        if self._other_timer is not None:
            self._other_timer.cancel()
        for task in self._unloading:
            task.cancel()
        await asyncio.gather(*self._unloading, return_exceptions=True)
        await self.client.close()

    async def _ready(
        self, name: str | None, path: Path | None, *, brings: bool = True
    ) -> TwinAdapter:
        """Checked and, with `brings`, at the server if that can be asked."""
        if path is not None:
            await self.prompts.run(check_adapter, path, self.config)
        adapter = self._known.get(name)
        if adapter is None:
            adapter = TwinAdapter(name, path, sampling_of(path, self.config.reply))
        with self.in_use(adapter):
            if brings:
                await self._bring(adapter)
            self._known[name], adapter.is_wanted = adapter, True
        return adapter

    async def _bring(self, adapter: TwinAdapter) -> None:
        """To the server if that can be asked now; else it is brought with the first request."""
        try:
            connection = await self.connect()
            await self.serve(connection, adapter)
            await self._clear(connection, adapter.name)
        except EngineUnavailable as error:
            title = adapter.name or "the base"
            log.warning("engine: %s is brought there later: %s", title, error)

    async def _clear(self, connection: Connection, name: str | None) -> None:
        """Once, unload what this twin left at the server; not what is wanted now."""
        async with self._lock:
            if self._cleared is connection:
                return
            try:
                await connection.adapters.unload_left({*self._known, name})
                self._cleared = connection
            except TwinError as error:
                log.warning("engine: earlier adapters stay at the server: %s", error)

    def _drop(self, adapter: TwinAdapter) -> None:
        adapter.is_wanted = False
        self._unload_unless_needed(adapter)

    def _unload_unless_needed(self, adapter: TwinAdapter) -> None:
        if self._is_needed(adapter) or self._live is None:
            return
        task = asyncio.create_task(self._unload(adapter), name="unload adapter")
        self._unloading.add(task)
        task.add_done_callback(self._unloading.discard)

    async def _unload(self, adapter: TwinAdapter) -> None:
        async with self._lock:
            connection, served = self._connection, adapter.served
            if self._is_needed(adapter):
                return  # it was asked for again meanwhile
            self._known.pop(adapter.name, None)
            adapter.served = None
            if connection is None or served is None:
                return
            try:
                await connection.adapters.unload(served)
            except TwinError as error:
                log.warning("engine: %s stays at the server: %s", adapter.name, error)
                self._cleared = None

    @staticmethod
    def _is_needed(adapter: TwinAdapter) -> bool:
        return adapter.is_wanted or adapter.users > 0
