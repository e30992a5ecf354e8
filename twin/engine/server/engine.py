"""The engine that asks a server: each request goes out at once, and the server batches them."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from storage.errors import InputError, TwinError
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.engine.base import Engine, EngineUnavailable, Limits, Reply, Throughput
from twin.engine.local import LocalEngine
from twin.engine.server.client import ServerClient
from twin.engine.server.failures import ServerRefuses, TooLate
from twin.engine.server.fallback import Fallback
from twin.engine.server.prompts import Prompt, Prompts
from twin.engine.server.scoring import log_probs_of
from twin.engine.server.serving import ServedModels, TwinAdapter
from twin.engine.server.slots import Slots
from twin.engine.server.writing import write_answer
from twin.prompting.chat_template import Turn

log = logging.getLogger(__name__)

RETRY_S = 1.0


class ServerEngine:
    """Whoever answers, the guard sees it: an answer of the server is read as one of our own."""

    def __init__(
        self,
        config: Config,
        clock: Clock = SYSTEM_CLOCK,
        local: Callable[[Config], Engine] = LocalEngine,
        *,
        judges: bool = False,
    ) -> None:
        """Raises InputError for a server or a key that can't be used. `local`: makes what answers
        while the server can't, with [engine] fallback. `judges`: see `ServerAdapters`.
        """
        self._clock, self._usual = clock, Limits(config.reply.max_tokens)
        self.throughput = Throughput()
        self._prompts = Prompts(config)
        self._models = ServedModels(
            config, ServerClient(config.engine), self._prompts, judges=judges
        )
        self._slots = Slots(config.reply.max_batch)
        self._fallback = Fallback(partial(local, config)) if config.engine.fallback else None
        self._answering: set[asyncio.Task[Reply]] = set()
        self._busy_since = 0.0  # seconds

    @property
    def adapter(self) -> str | None:
        return self._models.live.name

    @property
    def waiting(self) -> int:
        return self._slots.waiting

    async def start(self, name: str | None = None, path: Path | None = None) -> None:
        """As `Engine.start`. A server that can't be asked now is asked with the first message."""
        await self._prompts.load()
        is_there = True
        try:
            await self._models.connect()
        except ServerRefuses as error:
            raise InputError(error.message) from error
        except EngineUnavailable as error:
            log.warning("engine: %s; the first message tries again", error)
            is_there = False
        await self._models.make_live(name, path, brings=is_there)

    async def load(self, name: str | None, path: Path | None) -> None:
        await self._models.make_live(name, path)

    async def reply(self, turns: Sequence[Turn], limits: Limits | None = None) -> Reply:
        return await self._run(self._answer(self._models.live, turns, limits))

    async def reply_as(
        self, name: str | None, path: Path | None, turns: Sequence[Turn], limits: Limits
    ) -> Reply:
        adapter = await self._models.beside(name, path)
        return await self._run(self._answer(adapter, turns, limits))

    async def log_probs(self, ids: Sequence[int], begin: int) -> list[float]:
        """As `log_probs_of`, by the live adapter; asked for once more where the server failed."""
        adapter = self._models.live
        with self._models.in_use(adapter):
            async with self._slots.one(is_friend=False):
                try:
                    return await log_probs_of(self._models, adapter, ids, begin)
                except TooLate:
                    raise
                except EngineUnavailable as error:
                    log.info("engine: %s; asked once more", error)
                    await self._clock.sleep(RETRY_S)
                return await log_probs_of(self._models, adapter, ids, begin)

    async def reach(self) -> None:
        """Raises TwinError unless the server can answer with the live adapter now."""
        await self._models.serve(await self._models.connect(), self._models.live)

    async def clear(self) -> None:
        """Unload what was brought to the server."""
        await self._models.clear()

    def unload_other(self) -> None:
        self._models.drop_other()
        if self._fallback is not None:
            self._fallback.unload_other()

    def free_gpu_memory(self) -> AbstractAsyncContextManager[None]:
        """The server's memory is its own; what answers here instead of it makes room."""
        return nullcontext() if self._fallback is None else self._fallback.free_gpu_memory()

    async def stop(self) -> None:
        """The server is told of nothing: a bot that starts again finds its adapters there."""
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)
        if self._fallback is not None:
            await self._fallback.stop()
        await self._models.close()
        self._prompts.close()

    async def _run(self, answer: Coroutine[Any, Any, Reply]) -> Reply:
        """In a task of its own, which `stop` can end."""
        task = asyncio.create_task(answer)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
        return await task

    async def _answer(
        self, adapter: TwinAdapter, turns: Sequence[Turn], limits: Limits | None
    ) -> Reply:
        """The adapter stays at the server until this is done."""
        may_cut = limits is None or limits.may_cut
        with self._models.in_use(adapter):
            prompt = await self._prompts.fitted(turns, may_cut=may_cut)
            try:
                async with self._slots.one(is_friend=limits is None):
                    return await self._counted(adapter, prompt, limits)
            except EngineUnavailable as error:
                if self._fallback is None:
                    raise
                log.warning("engine: %s; this program answers instead", error)
            return await self._fallback.reply(
                self._models.live, adapter, turns, limits, self._usual
            )

    async def _counted(self, adapter: TwinAdapter, prompt: Prompt, limits: Limits | None) -> Reply:
        began = time.perf_counter()
        try:
            reply = await self._ask(adapter, prompt, limits or self._usual)
        except TwinError:
            self.throughput.failed += 1
            raise
        self.throughput.batches += 1
        self.throughput.replies += 1
        self.throughput.tokens += reply.tokens
        # Of replies that are made at the same time, the time counts once.
        ended = time.perf_counter()
        self.throughput.seconds += ended - max(began, self._busy_since)
        self._busy_since = ended
        return reply

    async def _ask(self, adapter: TwinAdapter, prompt: Prompt, limits: Limits) -> Reply:
        """The answer; asked for once more where the server failed, or said nothing."""
        try:
            reply = await write_answer(self._models, adapter, prompt, limits)
            if reply.text:
                return reply
        except TooLate:
            raise  # more of the same would only keep it busy
        except EngineUnavailable as error:
            log.info("engine: %s; asked once more", error)
            await self._clock.sleep(RETRY_S)
        return await write_answer(self._models, adapter, prompt, limits)
