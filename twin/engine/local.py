"""The engine in this process: one thread computes, requests that wait form the next batch."""

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
from twin.engine.answering import answering
from twin.engine.base import Limits, LoadedModel, Reply, Throughput
from twin.engine.model_pool import Load, LoadedAdapter, ModelPool
from twin.prompting.chat_template import PromptFormat, Turn
from twin.prompting.fitting import PromptTooLong, fit_turns

log = logging.getLogger(__name__)


@dataclass(eq=False, frozen=True, slots=True)
class _Request:
    """Keeps the adapter that was live when it came, so that no reply mixes two."""

    turns: list[Turn]
    adapter: LoadedAdapter
    answer: asyncio.Future[Reply]
    limits: Limits | None = None

    def fits_batch_of(self, first: "_Request") -> bool:
        """A seed's answer depends on what else is in its batch, so it is alone in one."""
        is_seeded = self.limits is not None and self.limits.seed is not None
        return self.adapter is first.adapter and self.limits == first.limits and not is_seeded


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
        self._pool = ModelPool(config, load or runtime.load_model, self._requested, self._wake.set)
        self._tasks: list[asyncio.Task[None]] = []
        self._last_request = clock.monotonic()  # seconds

    @property
    def adapter(self) -> str | None:
        return self._pool.live.name

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def start(self, name: str | None = None, path: Path | None = None) -> None:
        await self.load(name, path)
        self._last_request = self._clock.monotonic()
        self._tasks = [asyncio.create_task(self._answer_requests(), name="engine")]
        if self._config.model.unload_after_minutes:
            self._tasks.append(asyncio.create_task(self._unload_when_idle(), name="idle engine"))

    async def load(self, name: str | None, path: Path | None) -> None:
        await self._pool.load(name, path)

    def free_gpu_memory(self) -> AbstractAsyncContextManager[None]:
        return self._pool.free_gpu_memory()

    async def reply(self, turns: Sequence[Turn], limits: Limits | None = None) -> Reply:
        return await self._enqueue(self._pool.live, turns, limits)

    async def reply_as(
        self, name: str | None, path: Path | None, turns: Sequence[Turn], limits: Limits
    ) -> Reply:
        return await self._enqueue(await self._pool.load_other(name, path), turns, limits)

    def unload_other(self) -> None:
        self._pool.unload_other()

    async def stop(self) -> None:
        """A batch that is being computed can't be interrupted; its replies are dropped."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for request in (*self._batch, *self._waiting):
            request.answer.cancel()
        self._batch, self._tasks = [], []
        self._waiting.clear()
        self._pool.close()

    async def _enqueue(
        self, adapter: LoadedAdapter, turns: Sequence[Turn], limits: Limits | None
    ) -> Reply:
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Request(list(turns), adapter, answer, limits))
        self._last_request = self._clock.monotonic()
        self._wake.set()
        return await answer

    def _requested(self) -> list[LoadedAdapter]:
        return [request.adapter for request in self._waiting if not request.answer.done()]

    async def _answer_requests(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._reload_requested()
            while self._take_batch():
                await self._answer_batch()
                await self._reload_requested()

    async def _reload_requested(self) -> None:
        """Load what is unloaded and asked for; requests for what can't be loaded fail."""
        for adapter in self._pool.to_reload():
            log.info("engine: %s is loaded again: there is a request for it", adapter.title)
            try:
                await self._pool.reload(adapter)
            except TwinError as error:
                self._fail([each for each in self._waiting if each.adapter is adapter], error)

    async def _unload_when_idle(self) -> None:
        """Wakes once per [model] unload_after_minutes, not with each request."""
        minutes = self._config.model.unload_after_minutes
        while True:
            left = self._last_request + minutes * 60 - self._clock.monotonic()
            await self._clock.sleep(left if left > 0 else minutes * 60)
            if self._batch or self._waiting:
                self._last_request = self._clock.monotonic()
            idle = self._clock.monotonic() - self._last_request
            if idle >= minutes * 60 and await self._pool.unload():
                log.info("engine: the model is unloaded: no request for %g minutes", minutes)

    def _take_batch(self) -> bool:
        """Take the request that waits longest and those that fit its batch; friends first."""
        self._batch, later = [], deque[_Request]()
        for request in sorted(self._waiting, key=lambda request: request.limits is not None):
            if request.answer.done():
                continue  # the call was cancelled
            is_unloaded = request.adapter.model is None
            is_full = len(self._batch) >= self._config.reply.max_batch
            differs = bool(self._batch) and not request.fits_batch_of(self._batch[0])
            (later if is_unloaded or is_full or differs else self._batch).append(request)
        self._waiting = later
        return bool(self._batch)

    async def _answer_batch(self) -> None:
        batch, model = self._batch, self._batch[0].adapter.model
        assert model is not None
        try:
            with answering(self._config):
                replies = await self._generate(model, batch)
            answered = list(zip(batch, replies, strict=True))
        except Exception as error:  # boundary: the batch fails, the next one is tried
            log.error("engine: a batch of %d failed (%s)", len(batch), type(error).__name__)
            self._fail(batch, error)
            return
        self._count([reply for reply in replies if isinstance(reply, Reply)])
        for request, reply in answered:
            if request.answer.done():
                continue
            if isinstance(reply, Reply):
                request.answer.set_result(reply)
            else:
                request.answer.set_exception(reply)

    def _fail(self, requests: list[_Request], error: Exception) -> None:
        self.throughput.failed += len(requests)
        for request in requests:
            if not request.answer.done():
                request.answer.set_exception(error)

    async def _generate(
        self, model: LoadedModel, batch: list[_Request]
    ) -> list[Reply | PromptTooLong]:
        usual = self._config.reply
        limits = batch[0].limits or Limits(usual.max_tokens)
        conversations = [request.turns for request in batch]
        return await self._pool.run_in_thread(
            _fit_and_generate, model, conversations, limits, usual.context_tokens
        )

    def _count(self, replies: list[Reply]) -> None:
        if not replies:
            return
        self.throughput.batches += 1
        self.throughput.replies += len(replies)
        self.throughput.tokens += sum(reply.tokens for reply in replies)
        self.throughput.seconds += max(reply.seconds for reply in replies)


def _fit_and_generate(
    model: LoadedModel, conversations: Sequence[Sequence[Turn]], limits: Limits, budget: int
) -> list[Reply | PromptTooLong]:
    """The reply to each conversation, or why it has none."""
    prompts = [_fitted(turns, model.format, budget, limits) for turns in conversations]
    usual, temperature, top_p = model.sampling, limits.temperature, limits.top_p
    replies = iter(
        model.generate(
            [prompt for prompt in prompts if not isinstance(prompt, PromptTooLong)],
            limits.max_tokens,
            usual.temperature if temperature is None else temperature,
            usual.top_p if top_p is None else top_p,
            limits.seed,
            model.candidates,
        )
    )
    return [prompt if isinstance(prompt, PromptTooLong) else next(replies) for prompt in prompts]


def _fitted(
    turns: Sequence[Turn], fmt: PromptFormat, budget: int, limits: Limits
) -> list[Turn] | PromptTooLong:
    try:
        return fit_turns(turns, fmt, budget, may_cut=limits.may_cut)
    except PromptTooLong as error:
        return error
