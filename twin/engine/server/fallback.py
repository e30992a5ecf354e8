"""Answer in this process while the server can't."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path

from twin.engine.base import Engine, Limits, Reply
from twin.prompting.chat_template import Turn


class Fallback:
    """An engine that is made and loaded when it is first needed."""

    def __init__(self, make: Callable[[], Engine]) -> None:
        self._make = make
        self._engine: Engine | None = None
        self._loading = asyncio.Lock()

    async def reply(
        self, name: str | None, path: Path | None, turns: Sequence[Turn], limits: Limits | None
    ) -> Reply:
        """Answer with that adapter. Raises what an engine's `load` and `reply` do."""
        async with self._loading:
            engine = self._engine or self._make()
            if self._engine is None:
                await engine.start(name, path)
                self._engine = engine
            elif engine.adapter != name:
                await engine.load(name, path)
        return await engine.reply(turns, limits)  # by what is live at this moment

    def free_gpu_memory(self) -> AbstractAsyncContextManager[None]:
        return nullcontext() if self._engine is None else self._engine.free_gpu_memory()

    async def stop(self) -> None:
        if self._engine is not None:
            await self._engine.stop()
