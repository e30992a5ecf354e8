"""The models in memory: which adapter is live, and on which device each of them computes."""

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

log = logging.getLogger(__name__)

OTHER_IDLE_S = 300.0  # another model than the live one is kept so long without a request

T = TypeVar("T")
Load = Callable[[Config, Path | None], LoadedModel]


def uses_gpu(config: Config) -> bool:
    """Whether the model is anywhere else than in the processor's memory."""
    if config.model.device != "auto":
        return config.model.device != "cpu"
    from twin.engine.device import choose_device

    return choose_device(config.model) != "cpu"


def on_cpu(config: Config) -> Config:
    """The same twin, answering from the processor, which can't compute with 4-bit weights."""
    changes = {"device": "cpu", "quantize": "none"}
    return config.model_copy(update={"model": config.model.model_copy(update=changes)})


def release_memory() -> None:
    """Give the memory of dropped models back to the system: torch keeps the GPU's for itself
    otherwise, and glibc the processor's. Where torch isn't loaded, none of the GPU's is held.
    """
    gc.collect()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)  # musl has none and needs none
    torch = sys.modules.get("torch")
    if torch is not None and torch.accelerator.is_available():
        torch.accelerator.empty_cache()


@dataclass(eq=False, slots=True)
class LoadedAdapter:
    """An adapter that requests refer to. Its model may move between devices; None is unloaded."""

    name: str | None
    path: Path | None
    model: LoadedModel | None

    @property
    def title(self) -> str:
        return self.name or "the base"


class ModelPool:
    """Loads models in one thread, moves them off the GPU and back, and knows the live one.

    `requested` gives the adapters that requests wait for; `on_loaded` is called when models that
    can answer them were loaded.
    """

    def __init__(
        self,
        config: Config,
        load: Load,
        requested: Callable[[], Iterable[LoadedAdapter]],
        on_loaded: Callable[[], None],
    ) -> None:
        self._config, self._load = config, load
        self._requested, self._on_loaded = requested, on_loaded
        self._live: LoadedAdapter | None = None
        self._load_config = config  # what models are loaded with now: as set, or on the processor
        self._is_paused = False
        self._other: LoadedAdapter | None = None
        self._other_timer: asyncio.TimerHandle | None = None
        self._lock = asyncio.Lock()  # held while models are loaded, moved and dropped
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")

    @property
    def live(self) -> LoadedAdapter:
        """Raises TwinError before the first `load` and after `close`."""
        if self._live is None:
            raise TwinError("engine: no model is loaded; start the engine first")
        return self._live

    async def load(self, name: str | None, path: Path | None) -> None:
        """Make that adapter live. Raises TwinError when it is refused; the old one then stays."""
        async with self._lock:
            if self._is_paused:  # no memory for it now: it is loaded when the pause ends
                self._live = LoadedAdapter(name, path, None)
                return
            model = await self._load_model(self._load_config, path)
            self._live = LoadedAdapter(name, path, model)
            self._on_loaded()

    async def unload(self) -> bool:
        """Drop the live model unless a request waits for it. True when there was one to drop."""
        async with self._lock:
            live = self.live
            if live.model is None or live in self._requested():
                return False
            live.model = None
            self.unload_other()
            self._thread.submit(release_memory)
            return True

    def to_reload(self) -> list[LoadedAdapter]:
        """Adapters that requests wait for and that are unloaded; none during a pause."""
        requested = dict.fromkeys(self._requested())
        return [] if self._is_paused else [each for each in requested if each.model is None]

    async def reload(self, adapter: LoadedAdapter) -> None:
        """Load an unloaded adapter again, on the processor where the GPU has filled up meanwhile.

        Raises TwinError when it can't be loaded.
        """
        async with self._lock:
            if adapter.model is not None or self._is_paused:
                return
            await self._reload_with(self._load_config, adapter)
            if adapter.model is None and uses_gpu(self._load_config):
                await self._reload_with(on_cpu(self._config), adapter)
            if adapter.model is None:
                raise TwinError(
                    f"engine: {adapter.title} can't be loaded again; the log says why, "
                    "the next message tries again"
                )

    async def load_other(self, name: str | None, path: Path | None) -> LoadedAdapter:
        """Load an adapter beside the live one. One is kept: each takes as much memory as the live.

        Raises TwinError when it is refused, and during a pause.
        """
        async with self._lock:
            if self.live.name == name:
                return self.live
            if self._other is None or self._other.name != name or self._other.model is None:
                if self._is_paused:
                    raise TwinError(
                        "engine: no room for another model now; a training run has it",
                        reason=ErrorReason.NO_ROOM,
                    )
                self.unload_other()
                model = await self._load_model(self._load_config, path)
                self._other = LoadedAdapter(name, path, model)
            if self._other_timer is not None:
                self._other_timer.cancel()
            loop = asyncio.get_running_loop()
            self._other_timer = loop.call_later(OTHER_IDLE_S, self.unload_other)
            return self._other

    def unload_other(self) -> None:
        """Requests that still wait for it keep it until they are answered."""
        if self._other_timer is not None:
            self._other_timer.cancel()
        if self._other is not None:
            self._other = None
            self._thread.submit(release_memory)  # before the next one is read
        self._other_timer = None

    @asynccontextmanager
    async def free_gpu_memory(self) -> AsyncIterator[None]:
        """As [schedule] make_room says. Nothing is loaded back when cancelled: the bot ends."""
        if self._config.schedule.make_room == "none" or not uses_gpu(self._config):
            yield
            return
        before, cancelled = self.live, False
        await self._leave_gpu()
        try:
            yield
        except asyncio.CancelledError:
            cancelled = True
            raise
        finally:
            if not cancelled:
                await self._return_to_gpu(before)

    async def run_in_thread(self, call: Callable[..., T], *arguments: object) -> T:
        """Run in the one thread in which models are loaded and compute."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)

    def close(self) -> None:
        self._live = None
        self.unload_other()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _load_model(self, config: Config, path: Path | None) -> LoadedModel:
        return await self.run_in_thread(self._load, config, path)

    def _in_use(self) -> list[LoadedAdapter]:
        """The live adapter, and earlier ones that requests still wait for."""
        return list(dict.fromkeys([self.live, *self._requested()]))

    async def _leave_gpu(self) -> None:
        async with self._lock:
            self.unload_other()
            self._is_paused = self._config.schedule.make_room == "pause"
            self._load_config = on_cpu(self._config)
            for adapter in self._in_use():
                if self._is_paused:
                    adapter.model = None
                elif adapter.model is not None:
                    await self._reload_with(self._load_config, adapter)
            # A batch may still compute on the old model: the first call waits for it to end, the
            # second one finds the model gone.
            await self.run_in_thread(release_memory)
            await self.run_in_thread(release_memory)

    async def _return_to_gpu(self, before: LoadedAdapter) -> None:
        """Reload on the GPU, or on the processor where there is no model otherwise.

        An adapter promoted meanwhile may turn out to be unusable; then `before` answers.
        """
        async with self._lock:
            self.unload_other()  # it computes on the processor
            was_paused, self._is_paused = self._is_paused, False
            self._load_config = self._config
            for adapter in self._in_use():
                if was_paused or adapter.model is not None:  # what is idle stays unloaded
                    await self._reload_with(self._config, adapter)
                if was_paused and adapter.model is None:
                    await self._reload_with(on_cpu(self._config), adapter)
            if was_paused and self.live.model is None and before is not self._live:
                await self._reload_with(on_cpu(self._config), before)
                self._live = before
            if was_paused:
                self._answer_with_live()
            self._on_loaded()

    async def _reload_with(self, config: Config, adapter: LoadedAdapter) -> None:
        """Replace the adapter's model by a new copy; what can't be loaded stays what it was."""
        try:
            adapter.model = await self._load_model(config, adapter.path)
        except Exception as error:  # boundary: models fail in many ways, and friends wait
            cause = error if isinstance(error, TwinError) else type(error).__name__
            device = config.model.device
            log.error("engine: %s can't be loaded on %s: %s", adapter.title, device, cause)

    def _answer_with_live(self) -> None:
        """The live model answers requests whose adapter could not be loaded again."""
        for adapter in self._requested():
            adapter.model = adapter.model or self.live.model
