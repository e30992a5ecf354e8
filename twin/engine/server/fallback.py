"""Answer in this process while the server can't."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext

from twin.engine.base import Engine, Limits, Reply
from twin.engine.server.serving import TwinAdapter
from twin.prompting.chat_template import Turn


class Fallback:
    """An engine that is made and loaded when it is first needed."""

    def __init__(self, make: Callable[[], Engine]) -> None:
        self._make = make
        self._engine: Engine | None = None
        self._loading = asyncio.Lock()

    async def reply(
        self,
        live: TwinAdapter,
        asked: TwinAdapter,
        turns: Sequence[Turn],
        limits: Limits | None,
        usual: Limits,
    ) -> Reply:
        """Answer with the adapter that is asked, which is loaded beside the live one if it is
        another. `usual`: the limits of a friend's request.

        Raises what an engine's `load` and `reply` do.
        """
        async with self._loading:
            engine = self._engine or self._make()
            if self._engine is None:
                await engine.start(live.name, live.path)
                self._engine = engine
            elif engine.adapter != live.name:
                await engine.load(live.name, live.path)
        if engine.adapter == asked.name:
            return await engine.reply(turns, limits)  # by what is live at this moment
        return await engine.reply_as(asked.name, asked.path, turns, limits or usual)

    def unload_other(self) -> None:
        if self._engine is not None:
            self._engine.unload_other()

    def free_gpu_memory(self) -> AbstractAsyncContextManager[None]:
        return nullcontext() if self._engine is None else self._engine.free_gpu_memory()

    async def stop(self) -> None:
        if self._engine is not None:
            await self._engine.stop()
