"""The model in this process: one thread computes, requests that wait form the next batch."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from storage.errors import TwinError
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.engine import runtime
from twin.engine.base import Limits, LoadedModel, Reply, Throughput
from twin.engine.model_pool import Load, LoadedAdapter, ModelPool
from twin.prompting.chat_template import PromptFormat, Turn

log = logging.getLogger(__name__)


@dataclass(eq=False, frozen=True, slots=True)
class _Request:
    """Keeps the adapter it was asked of, so that no reply mixes two."""

    turns: list[Turn]
    live: LoadedAdapter
    answer: asyncio.Future[Reply]
    limits: Limits | None = None

    def goes_with(self, first: "_Request") -> bool:
        """Whether both can be in one batch. A seed's answers depend on who else is in it."""
        asks = self.limits
        return self.live is first.live and asks == first.limits and (not asks or asks.seed is None)


class LocalEngine:
    """One worker thread: the model is busy with one batch anyway, and loading sets torch's
    process-wide defaults, which must not happen while another thread computes.
    """

    def __init__(
        self, config: Config, load: Load | None = None, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self._config, self._clock = config, clock
        self._waiting: deque[_Request] = deque()
        self._batch: list[_Request] = []
        self._wake = asyncio.Event()
        self.throughput = Throughput()
        self._voices = ModelPool(config, load or runtime.load_model, self._asked, self._wake.set)
        self._tasks: list[asyncio.Task[None]] = []
        self._asked_at = clock.monotonic()

    @property
    def adapter(self) -> str | None:
        return self._voices.now().name

    @property
    def format(self) -> PromptFormat:
        return self._voices.now().format

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def start(self, name: str | None = None, path: Path | None = None) -> None:
        await self.load(name, path)
        self._asked_at = self._clock.monotonic()
        self._tasks = [asyncio.create_task(self._work(), name="engine")]
        if self._config.model.unload_after_minutes:
            self._tasks.append(asyncio.create_task(self._unload_when_idle(), name="idle engine"))

    async def load(self, name: str | None, path: Path | None) -> None:
        await self._voices.load(name, path)

    def free_gpu_memory(self) -> AbstractAsyncContextManager[None]:
        return self._voices.free_gpu_memory()

    async def reply(self, turns: Sequence[Turn], limits: Limits | None = None) -> Reply:
        return await self._ask(self._voices.now(), turns, limits)

    async def reply_as(
        self, name: str | None, path: Path | None, turns: Sequence[Turn], limits: Limits
    ) -> Reply:
        return await self._ask(await self._voices.other(name, path), turns, limits)

    def unload_other(self) -> None:
        self._voices.unload_other()

    async def _ask(
        self, live: LoadedAdapter, turns: Sequence[Turn], limits: Limits | None
    ) -> Reply:
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Request(list(turns), live, answer, limits))
        self._asked_at = self._clock.monotonic()
        self._wake.set()
        return await answer

    async def stop(self) -> None:
        """A batch that is being computed can't be interrupted; its replies are dropped."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for request in (*self._batch, *self._waiting):
            request.answer.cancel()
        self._batch, self._tasks = [], []
        self._waiting.clear()
        self._voices.close()

    def _asked(self) -> list[LoadedAdapter]:
        return [request.live for request in self._waiting if not request.answer.done()]

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._bring_back()
            while self._take_batch():
                await self._answer_batch()
                await self._bring_back()

    async def _bring_back(self) -> None:
        """Load what is asked for and was let go of; who waits for what fails is told."""
        for live in self._voices.missing():
            log.info("engine: %s is loaded again: somebody asks", live.name or "the base")
            try:
                await self._voices.bring_back(live)
            except TwinError as error:
                self._fail([request for request in self._waiting if request.live is live], error)

    async def _unload_when_idle(self) -> None:
        """Wakes once in that time, not with each request."""
        minutes = self._config.model.unload_after_minutes
        while True:
            left = self._asked_at + minutes * 60 - self._clock.monotonic()
            await self._clock.sleep(left if left > 0 else minutes * 60)
            if self._batch or self._waiting:
                self._asked_at = self._clock.monotonic()
            idle = self._clock.monotonic() - self._asked_at
            if idle >= minutes * 60 and await self._voices.unload():
                log.info("engine: the model is let go of: nobody asked for %g minutes", minutes)

    def _take_batch(self) -> bool:
        """The longest-waiting request and those that can go with it, in order; friends first."""
        self._batch, later = [], deque[_Request]()
        for request in sorted(self._waiting, key=lambda request: request.limits is not None):
            if request.answer.done():
                continue  # nobody waits for it any more
            held = request.live.voice is None
            full = len(self._batch) >= self._config.reply.max_batch
            other = bool(self._batch) and not request.goes_with(self._batch[0])
            (later if held or full or other else self._batch).append(request)
        self._waiting = later
        return bool(self._batch)

    async def _answer_batch(self) -> None:
        batch, voice = self._batch, self._batch[0].live.voice
        assert voice is not None
        try:
            replies = await self._generate(voice, batch)
            answered = list(zip(batch, replies, strict=True))
        except Exception as error:  # a border: the batch fails, the next one is tried
            log.error("engine: a batch of %d failed (%s)", len(batch), type(error).__name__)
            self._fail(batch, error)
            return
        self._count(replies)
        for request, reply in answered:
            if not request.answer.done():
                request.answer.set_result(reply)

    def _fail(self, requests: list[_Request], error: Exception) -> None:
        self.throughput.failed += len(requests)
        for request in requests:
            if not request.answer.done():
                request.answer.set_exception(error)

    async def _generate(self, voice: LoadedModel, batch: list[_Request]) -> list[Reply]:
        usual = self._config.reply
        limits = batch[0].limits or Limits(usual.max_tokens, usual.temperature, usual.top_p)
        return await self._voices.in_thread(
            voice.generate,
            [request.turns for request in batch],
            limits.max_tokens,
            limits.temperature,
            limits.top_p,
            limits.seed,
        )

    def _count(self, replies: list[Reply]) -> None:
        self.throughput.batches += 1
        self.throughput.replies += len(replies)
        self.throughput.tokens += sum(reply.tokens for reply in replies)
        self.throughput.seconds += max(reply.seconds for reply in replies)
