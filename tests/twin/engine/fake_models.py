"""Fake models for the engine's tests: how they are loaded, asked and held."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, sleep

from storage.errors import TwinError
from tests.twin.fakes import FakeFormat
from twin.config.schema import Config
from twin.engine.base import Limits, Reply
from twin.engine.local import LocalEngine
from twin.engine.sampling import Sampling
from twin.prompting.chat_template import PromptFormat, Turn

WAIT_S = 10.0


class FakeModel:
    """Answers "name:question" once the gate is open."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.format: PromptFormat = FakeFormat()
        self.sampling, self.candidates = Sampling(), 1
        self.batches: list[list[str]] = []
        self.limits: list[tuple[int, float, float, int | None]] = []
        self.gate, self.busy = threading.Event(), threading.Event()
        self.gate.set()

    def generate(
        self,
        batch: Sequence[Sequence[Turn]],
        max_tokens: int,
        temperature: float,
        top_p: float,
        seed: int | None = None,
        candidates: int = 1,
    ) -> list[Reply]:
        asked = [turns[-1]["content"] for turns in batch]
        self.batches.append(asked)
        self.limits.append((max_tokens, temperature, top_p, seed))
        self.busy.set()
        assert self.gate.wait(WAIT_S)
        if "bad" in asked:
            raise RuntimeError("out of memory")
        return [Reply(f"{self.name}:{text}", 1, True, 0.0) for text in asked]


class FakeLoader:
    """Loads a fake model called like its folder; "broken" is refused."""

    def __init__(self) -> None:
        self.made: dict[str, FakeModel] = {}
        self.loads: list[str] = []

    def __call__(self, config: Config, path: Path | None) -> FakeModel:
        name = path.name if path else "base"
        if name == "broken":
            raise TwinError("broken: not an adapter")
        self.loads.append(name)
        return self.made.setdefault(name, FakeModel(name))


class FakeDevices:
    """Loads models called "adapter@device" and knows which of them are still referred to."""

    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.fails: set[str] = set()
        self._made: list[weakref.ref[FakeModel]] = []

    def __call__(self, config: Config, path: Path | None) -> FakeModel:
        name = f"{path.name if path else 'base'}@{config.model.device}"
        self.loaded.append(name)
        if name in self.fails:
            raise TwinError(f"{name}: no memory")
        model = FakeModel(name)
        self._made.append(weakref.ref(model))
        return model

    @property
    def held(self) -> "Held":
        return Held(self)

    def held_now(self) -> set[str]:
        gc.collect()
        return {model.name for made in self._made if (model := made())}

    def model(self, name: str) -> FakeModel:
        [found] = [v for made in self._made if (v := made()) and v.name == name]
        return found


class Held:
    """Compared, it gives the engine's thread a moment to drop its last reference.

    The thread does so after the result is there. The test's loop stands still meanwhile.
    """

    def __init__(self, devices: FakeDevices) -> None:
        self._devices = devices

    def __eq__(self, names: object) -> bool:
        until = monotonic() + WAIT_S
        while self._devices.held_now() != names:
            if monotonic() > until:
                return False
            sleep(0.001)
        return True

    def __repr__(self) -> str:
        return repr(self._devices.held_now())


def ask(engine: LocalEngine, text: str) -> asyncio.Task[Reply]:
    return asyncio.create_task(engine.reply([{"role": "user", "content": text}]))


def guest(engine: LocalEngine, text: str, limits: Limits) -> asyncio.Task[Reply]:
    return asyncio.create_task(engine.reply([{"role": "user", "content": text}], limits))


async def texts(tasks: list[asyncio.Task[Reply]]) -> list[str]:
    return [reply.text for reply in await asyncio.gather(*tasks)]


async def hold(engine: LocalEngine, model: FakeModel) -> asyncio.Task[Reply]:
    """A reply that is being made until `model.gate` is opened."""
    model.gate.clear()
    held = ask(engine, "held")
    await asyncio.to_thread(model.busy.wait, WAIT_S)
    return held


async def answer_of(engine: LocalEngine) -> str:
    """Answered by the adapter that is live when this begins to run."""
    async with asyncio.timeout(WAIT_S):
        return (await engine.reply([{"role": "user", "content": "hi"}])).text


async def answer_of_other(engine: LocalEngine, name: str) -> str:
    async with asyncio.timeout(WAIT_S):
        turns: list[Turn] = [{"role": "user", "content": "hi"}]
        return (await engine.reply_as(name, Path(name), turns, Limits(5, 0.0, 1.0))).text
