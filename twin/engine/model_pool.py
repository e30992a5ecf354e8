"""The loaded voices: which adapter is live, and on which device it computes."""

import asyncio
import ctypes
import gc
import logging
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from storage.errors import TwinError
from storage.reasons import ErrorReason
from twin.config.schema import Config
from twin.engine.base import LoadedModel
from twin.prompting.chat_template import PromptFormat

log = logging.getLogger(__name__)

IDLE_S = 300.0  # how long another voice than the live one is kept without being asked

T = TypeVar("T")
Load = Callable[[Config, Path | None], LoadedModel]


def uses_gpu(config: Config) -> bool:
    """Whether the model is anywhere else than in the processor's memory."""
    if config.model.device != "auto":
        return config.model.device != "cpu"
    from twin.engine.model import choose_device

    return choose_device(config) != "cpu"


def on_cpu(config: Config) -> Config:
    """The same twin, answering from the processor, which computes with whole weights alone."""
    changes = {"device": "cpu", "quantize": "none"}
    return config.model_copy(update={"model": config.model.model_copy(update=changes)})


def release_memory() -> None:
    """Give the memory of dropped models back: torch keeps the GPU's for itself otherwise, and
    glibc the processor's. Where torch isn't loaded, there is none of the GPU.
    """
    gc.collect()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)  # musl has none and needs none
    torch = sys.modules.get("torch")
    if torch is not None and torch.accelerator.is_available():
        torch.accelerator.empty_cache()


@dataclass(eq=False, slots=True)
class LoadedAdapter:
    """An adapter that is, or was, asked. Its voice may move; None while idle or in a pause."""

    name: str | None
    path: Path | None
    format: PromptFormat
    voice: LoadedModel | None


class ModelPool:
    """Loads voices in one thread, moves them to make room, and knows the live one.

    `asked` gives the adapters that requests wait for, `changed` is called when voices came back.
    """

    def __init__(
        self,
        config: Config,
        load: Load,
        asked: Callable[[], Iterable[LoadedAdapter]],
        changed: Callable[[], None],
    ) -> None:
        self._config, self._load, self._asked, self._changed = config, load, asked, changed
        self._live: LoadedAdapter | None = None
        self._loads_with = config
        self._is_paused = False
        self._other: LoadedAdapter | None = None
        self._forgetting: asyncio.TimerHandle | None = None
        self._moving = asyncio.Lock()  # held while voices are loaded and put in their places
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")

    def now(self) -> LoadedAdapter:
        if self._live is None:
            raise TwinError("engine: no model is loaded; start the engine first")
        return self._live

    async def load(self, name: str | None, path: Path | None) -> None:
        async with self._moving:
            if self._is_paused:  # there is no room for it: it is loaded when the room ends
                self._live = LoadedAdapter(name, path, self.now().format, None)
                return
            voice = await self._read(self._loads_with, path)
            self._live = LoadedAdapter(name, path, voice.format, voice)
            self._changed()

    async def unload(self) -> bool:
        """Let go of the live voice, unless somebody waits for it; whether there was one."""
        async with self._moving:
            live = self.now()
            if live.voice is None or live in self._asked():
                return False
            live.voice = None
            self.unload_other()
            self._thread.submit(release_memory)
            return True

    def missing(self) -> list[LoadedAdapter]:
        """What is asked for and was let go of, while there is room for it."""
        asked = dict.fromkeys(self._asked())
        return [] if self._is_paused else [live for live in asked if live.voice is None]

    async def bring_back(self, live: LoadedAdapter) -> None:
        """Raises TwinError when it can't be loaded."""
        async with self._moving:
            if live.voice is not None or self._is_paused:
                return
            await self._move(live, self._loads_with)
            if live.voice is None and uses_gpu(self._loads_with):
                await self._move(live, on_cpu(self._config))
            if live.voice is None:
                raise TwinError(
                    f"engine: {live.name or 'the base'} can't be loaded again; the log says why, "
                    "the next message tries again"
                )

    async def other(self, name: str | None, path: Path | None) -> LoadedAdapter:
        """Another voice than the live one. One is kept at a time: each takes as much memory."""
        async with self._moving:
            if self.now().name == name:
                return self.now()
            if self._other is None or self._other.name != name or self._other.voice is None:
                if self._is_paused:
                    raise TwinError(
                        "engine: no room for another model now; a training run has it",
                        reason=ErrorReason.NO_ROOM,
                    )
                self.unload_other()
                voice = await self._read(self._loads_with, path)
                self._other = LoadedAdapter(name, path, voice.format, voice)
            if self._forgetting is not None:
                self._forgetting.cancel()
            loop = asyncio.get_running_loop()
            self._forgetting = loop.call_later(IDLE_S, self.unload_other)
            return self._other

    def unload_other(self) -> None:
        """Requests that still wait for it keep it until they are answered."""
        if self._forgetting is not None:
            self._forgetting.cancel()
        if self._other is not None:
            self._other = None
            self._thread.submit(release_memory)  # before the next one is read
        self._forgetting = None

    @asynccontextmanager
    async def free_gpu_memory(self) -> AsyncIterator[None]:
        """As [schedule] make_room says. Cancelled, it loads nothing back: the bot ends."""
        if self._config.schedule.make_room == "none" or not uses_gpu(self._config):
            yield
            return
        before, cancelled = self.now(), False
        await self._make_room()
        try:
            yield
        except asyncio.CancelledError:
            cancelled = True
            raise
        finally:
            if not cancelled:
                await self._come_back(before)

    async def in_thread(self, call: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)

    def close(self) -> None:
        self._live = None
        self.unload_other()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _read(self, config: Config, path: Path | None) -> LoadedModel:
        return await self.in_thread(self._load, config, path)

    def _in_use(self) -> list[LoadedAdapter]:
        """The live adapter, and earlier ones that requests still wait for."""
        return list(dict.fromkeys([self.now(), *self._asked()]))

    async def _make_room(self) -> None:
        async with self._moving:
            self.unload_other()
            self._is_paused = self._config.schedule.make_room == "pause"
            self._loads_with = on_cpu(self._config)
            for live in self._in_use():
                if self._is_paused:
                    live.voice = None
                elif live.voice is not None:
                    await self._move(live, self._loads_with)
            # A batch may still compute on the old voice; when the first one ran, it is gone.
            await self.in_thread(release_memory)
            await self.in_thread(release_memory)

    async def _come_back(self, before: LoadedAdapter) -> None:
        """To the device, or to the CPU where there is no voice otherwise.

        What was promoted meanwhile may turn out to be unusable; then the one of before answers.
        """
        async with self._moving:
            self.unload_other()  # it computes on the CPU
            was_paused, self._is_paused = self._is_paused, False
            self._loads_with = self._config
            for live in self._in_use():
                if was_paused or live.voice is not None:  # what is idle stays so
                    await self._move(live, self._config)
                if was_paused and live.voice is None:
                    await self._move(live, on_cpu(self._config))
            if was_paused and self.now().voice is None and before is not self._live:
                await self._move(before, on_cpu(self._config))
                self._live = before
            if was_paused:
                self._give_voices()
            self._changed()

    async def _move(self, live: LoadedAdapter, config: Config) -> None:
        """Load its voice anew; one that can't be loaded stays what it was."""
        try:
            live.voice = await self._read(config, live.path)
        except Exception as error:  # a border: models fail in many ways, and friends wait
            cause = error if isinstance(error, TwinError) else type(error).__name__
            device = config.model.device
            log.error(
                "engine: %s can't be loaded on %s: %s", live.name or "the base", device, cause
            )

    def _give_voices(self) -> None:
        """Who waits for an adapter that could not be loaded again is answered by the live one."""
        for live in self._asked():
            live.voice = live.voice or self.now().voice
