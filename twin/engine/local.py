"""The model in this process: one thread computes, requests that wait form the next batch."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from storage.errors import TwinError
from twin.config import Config
from twin.engine.base import Reply, Voice
from twin.prompts import PromptFormat, Turn

log = logging.getLogger(__name__)

Load = Callable[[Config, Path | None], Voice]


@dataclass(frozen=True, slots=True)
class _Live:
    """The voice that is asked now, under the name it was loaded with."""

    name: str | None
    voice: Voice


@dataclass(eq=False, frozen=True, slots=True)
class _Request:
    """Keeps the voice it was asked of, so that no reply mixes two adapters."""

    turns: list[Turn]
    voice: Voice
    answer: asyncio.Future[Reply]


class LocalEngine:
    """One worker thread: the model is busy with one batch anyway, and loading sets torch's
    process-wide defaults, which must not happen while another thread computes.
    """

    def __init__(self, config: Config, load: Load | None = None) -> None:
        self._config = config
        self._load_voice = load
        self._live: _Live | None = None
        self._waiting: deque[_Request] = deque()
        self._batch: list[_Request] = []
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")
        self._worker: asyncio.Task[None] | None = None

    @property
    def adapter(self) -> str | None:
        return self._now().name

    @property
    def format(self) -> PromptFormat:
        return self._now().voice.format

    async def start(self, name: str | None = None, path: Path | None = None) -> None:
        await self.load(name, path)
        self._worker = asyncio.create_task(self._work(), name="engine")

    async def load(self, name: str | None, path: Path | None) -> None:
        loop = asyncio.get_running_loop()
        voice = await loop.run_in_executor(self._thread, self._read, path)
        self._live = _Live(name, voice)

    async def reply(self, turns: Sequence[Turn]) -> Reply:
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Request(list(turns), self._now().voice, answer))
        self._wake.set()
        return await answer

    async def stop(self) -> None:
        """A batch that is being computed can't be interrupted; its replies are dropped."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        for request in (*self._batch, *self._waiting):
            request.answer.cancel()
        self._batch, self._live, self._worker = [], None, None
        self._waiting.clear()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _now(self) -> _Live:
        if self._live is None:
            raise TwinError("engine: no model is loaded; start the engine first")
        return self._live

    def _read(self, path: Path | None) -> Voice:
        if self._load_voice is None:
            # Here, because torch takes seconds to import and this is the worker's thread.
            from twin.engine.model import load_voice

            return load_voice(self._config, path)
        return self._load_voice(self._config, path)

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._take_batch():
                await self._answer_batch()

    def _take_batch(self) -> bool:
        """The longest-waiting request and those of the same voice, in order."""
        self._batch, later = [], deque[_Request]()
        for request in self._waiting:
            if request.answer.done():
                continue  # nobody waits for it any more
            fits = len(self._batch) < self._config.reply.max_batch
            same = not self._batch or request.voice is self._batch[0].voice
            (self._batch if fits and same else later).append(request)
        self._waiting = later
        return bool(self._batch)

    async def _answer_batch(self) -> None:
        batch, settings = self._batch, self._config.reply
        try:
            replies = await asyncio.get_running_loop().run_in_executor(
                self._thread,
                batch[0].voice.generate,
                [request.turns for request in batch],
                settings.max_tokens,
                settings.temperature,
                settings.top_p,
            )
            answered = list(zip(batch, replies, strict=True))
        except Exception as error:  # a border: the batch fails, the next one is tried
            log.error("engine: a batch of %d failed (%s)", len(batch), type(error).__name__)
            for request in batch:
                if not request.answer.done():
                    request.answer.set_exception(error)
            return
        for request, reply in answered:
            if not request.answer.done():
                request.answer.set_result(reply)
