import asyncio
import gc
import sys
import weakref
from pathlib import Path
from time import monotonic, sleep
from types import SimpleNamespace

import pytest

from storage.errors import TwinError
from tests.twin.engine.test_local import FakeVoice, ask, hold, texts
from tests.twin.fakes import config_in, run_tasks
from twin.config.schema import Config
from twin.engine import model_pool
from twin.engine.base import Limits
from twin.engine.local import LocalEngine
from twin.prompting.chat_template import Turn

WAIT_S = 10.0


class Devices:
    """Loads voices called "adapter@device" and knows which of them are still held by anybody."""

    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.fails: set[str] = set()
        self._made: list[weakref.ref[FakeVoice]] = []

    def __call__(self, config: Config, path: Path | None) -> FakeVoice:
        name = f"{path.name if path else 'base'}@{config.model.device}"
        self.loaded.append(name)
        if name in self.fails:
            raise TwinError(f"{name}: no memory")
        voice = FakeVoice(name)
        self._made.append(weakref.ref(voice))
        return voice

    @property
    def held(self) -> "Held":
        return Held(self)

    def held_now(self) -> set[str]:
        gc.collect()
        return {voice.name for made in self._made if (voice := made())}

    def voice(self, name: str) -> FakeVoice:
        [found] = [v for made in self._made if (v := made()) and v.name == name]
        return found


class Held:
    """Compared, it gives the engine's thread a moment to let go of its last work.

    The thread does so after the result is told. The test's loop stands still meanwhile.
    """

    def __init__(self, devices: Devices) -> None:
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


@pytest.fixture
def devices() -> Devices:
    return Devices()


def an_engine(
    folder: Path, devices: Devices, make_room: str = "cpu", device: str = "cuda"
) -> LocalEngine:
    config = config_in(folder)
    changes = {
        "model": config.model.model_copy(update={"device": device}),
        "schedule": config.schedule.model_copy(update={"make_room": make_room}),
    }
    return LocalEngine(config.model_copy(update=changes), devices)


async def said(engine: LocalEngine) -> str:
    async with asyncio.timeout(WAIT_S):
        [text] = await texts([ask(engine, "hi")])
    return text


async def test_meanwhile_the_processor_answers_and_the_gpu_is_free(
    tmp_path: Path, devices: Devices
) -> None:
    engine = an_engine(tmp_path, devices)
    await engine.start("one", Path("one"))
    async with engine.free_gpu_memory():
        assert devices.held == {"one@cpu"}
        assert await said(engine) == "one@cpu:hi"
        assert engine.adapter == "one"
    assert await said(engine) == "one@cuda:hi"
    assert devices.held == {"one@cuda"}
    await engine.stop()


async def test_paused_nobody_is_answered_and_nobody_is_lost(
    tmp_path: Path, devices: Devices
) -> None:
    engine = an_engine(tmp_path, devices, "pause")
    await engine.start("one", Path("one"))
    async with engine.free_gpu_memory():
        assert devices.held == set()
        waiting = [ask(engine, letter) for letter in "abc"]
        await run_tasks()
        assert not any(task.done() for task in waiting)
        assert engine.adapter == "one"
        assert engine.format.stop_ids  # prompts are still made
    async with asyncio.timeout(WAIT_S):
        assert await texts(waiting) == ["one@cuda:a", "one@cuda:b", "one@cuda:c"]
    assert devices.loaded == ["one@cuda"] * 2
    await engine.stop()


@pytest.mark.parametrize("make_room", ["cpu", "pause"])
async def test_a_batch_under_way_is_finished_before_the_gpu_is_free(
    tmp_path: Path, devices: Devices, make_room: str
) -> None:
    engine = an_engine(tmp_path, devices, make_room)
    await engine.start("one", Path("one"))
    voice = devices.voice("one@cuda")
    held = await hold(engine, voice)
    entered = asyncio.Event()

    async def train() -> None:
        async with engine.free_gpu_memory():
            entered.set()

    training = asyncio.create_task(train())
    await run_tasks()
    assert not entered.is_set()
    voice.gate.set()
    await training
    assert await texts([held]) == ["one@cuda:held"]
    await engine.stop()


@pytest.mark.parametrize(("make_room", "inside"), [("cpu", "two@cpu:hi"), ("pause", "two@cuda:hi")])
async def test_what_is_promoted_meanwhile_is_what_comes_back(
    tmp_path: Path, devices: Devices, make_room: str, inside: str
) -> None:
    engine = an_engine(tmp_path, devices, make_room)
    await engine.start("one", Path("one"))
    async with engine.free_gpu_memory():
        before = ask(engine, "first")
        await run_tasks()
        await engine.load("two", Path("two"))
        assert engine.adapter == "two"
        assert not any(name.endswith("cuda") for name in devices.held_now())
        asked = asyncio.create_task(said(engine))
        await run_tasks()
    # Who asked before the promotion is answered by the adapter that he asked.
    assert (await texts([before]))[0].startswith("one@")
    assert await asked == inside
    assert await said(engine) == "two@cuda:hi"
    await run_tasks()
    assert devices.held == {"two@cuda"}
    await engine.stop()


async def test_a_gpu_that_stays_full_leaves_the_processor_answering(
    tmp_path: Path, devices: Devices, caplog: pytest.LogCaptureFixture
) -> None:
    engine = an_engine(tmp_path, devices)
    await engine.start("one", Path("one"))
    async with engine.free_gpu_memory():
        devices.fails.add("one@cuda")
    assert await said(engine) == "one@cpu:hi"
    assert "no memory" in caplog.text
    await engine.load("two", Path("two"))
    assert await said(engine) == "two@cuda:hi"
    await engine.stop()


async def test_after_a_pause_too(tmp_path: Path, devices: Devices) -> None:
    engine = an_engine(tmp_path, devices, "pause")
    await engine.start("one", Path("one"))
    async with engine.free_gpu_memory():
        devices.fails.add("one@cuda")
        waiting = asyncio.create_task(said(engine))
        await run_tasks()
    assert await waiting == "one@cpu:hi"
    await engine.stop()


async def test_a_useless_promotion_in_a_pause_leaves_the_old_adapter(
    tmp_path: Path, devices: Devices
) -> None:
    engine = an_engine(tmp_path, devices, "pause")
    await engine.start("one", Path("one"))
    devices.fails |= {"two@cuda", "two@cpu"}
    async with engine.free_gpu_memory():
        await engine.load("two", Path("two"))
        waiting = asyncio.create_task(said(engine))
        await run_tasks()
    assert engine.adapter == "one"
    assert await waiting == "one@cpu:hi"
    await engine.stop()


async def test_when_nothing_can_be_loaded_who_waits_is_told_and_the_next_adapter_answers(
    tmp_path: Path, devices: Devices
) -> None:
    engine = an_engine(tmp_path, devices, "pause")
    await engine.start("one", Path("one"))
    devices.fails |= {"one@cuda", "one@cpu"}
    async with engine.free_gpu_memory():
        waiting = asyncio.create_task(said(engine))
        await run_tasks()
    with pytest.raises(TwinError, match="one can't be loaded again"):
        await waiting
    await engine.load("two", Path("two"))
    assert await said(engine) == "two@cuda:hi"
    await engine.stop()


async def test_without_memory_for_a_copy_the_gpu_is_shared(
    tmp_path: Path, devices: Devices
) -> None:
    engine = an_engine(tmp_path, devices)
    await engine.start("one", Path("one"))
    devices.fails.add("one@cpu")
    async with engine.free_gpu_memory():
        assert await said(engine) == "one@cuda:hi"
    assert await said(engine) == "one@cuda:hi"
    await engine.stop()


@pytest.mark.parametrize(("make_room", "device"), [("none", "cuda"), ("pause", "cpu")])
async def test_nothing_is_moved_where_it_need_not_be(
    tmp_path: Path, devices: Devices, make_room: str, device: str
) -> None:
    engine = an_engine(tmp_path, devices, make_room, device)
    await engine.start("one", Path("one"))
    async with engine.free_gpu_memory():
        assert await said(engine) == f"one@{device}:hi"
    assert devices.loaded == [f"one@{device}"]
    await engine.stop()


async def test_a_run_that_fails_gives_the_room_back(tmp_path: Path, devices: Devices) -> None:
    engine = an_engine(tmp_path, devices)
    await engine.start("one", Path("one"))
    with pytest.raises(OSError, match="no disk"):
        async with engine.free_gpu_memory():
            raise OSError("no disk")
    assert await said(engine) == "one@cuda:hi"
    await engine.stop()


async def test_at_the_end_of_the_bot_nothing_is_loaded(tmp_path: Path, devices: Devices) -> None:
    engine = an_engine(tmp_path, devices)
    await engine.start("one", Path("one"))
    with pytest.raises(asyncio.CancelledError):
        async with engine.free_gpu_memory():
            raise asyncio.CancelledError
    assert devices.loaded == ["one@cuda", "one@cpu"]
    await engine.stop()


@pytest.mark.parametrize(("available", "expected"), [(True, ["emptied"]), (False, [])])
def test_the_gpu_gets_its_memory_back(
    monkeypatch: pytest.MonkeyPatch, available: bool, expected: list[str]
) -> None:
    emptied: list[str] = []
    gpu = SimpleNamespace(
        is_available=lambda: available, empty_cache=lambda: emptied.append("emptied")
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(accelerator=gpu))
    model_pool.release_memory()
    assert emptied == expected


def test_where_torch_is_not_loaded_it_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    model_pool.release_memory()
    assert "torch" not in sys.modules


async def test_memory_is_released_when_the_old_voice_is_gone(
    tmp_path: Path, devices: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[set[str]] = []
    monkeypatch.setattr(model_pool, "release_memory", lambda: held.append(devices.held_now()))
    engine = an_engine(tmp_path, devices)
    await engine.start("one", Path("one"))
    await said(engine)
    async with engine.free_gpu_memory():
        assert held[-1] == {"one@cpu"}
    await engine.stop()


async def asked_of(engine: LocalEngine, name: str) -> str:
    async with asyncio.timeout(WAIT_S):
        turns: list[Turn] = [{"role": "user", "content": "hi"}]
        return (await engine.reply_as(name, Path(name), turns, Limits(5, 0.0, 1.0))).text


async def test_another_voice_makes_room_too(tmp_path: Path, devices: Devices) -> None:
    engine = an_engine(tmp_path, devices)
    await engine.start("one", Path("one"))
    assert await asked_of(engine, "two") == "two@cuda:hi"
    async with engine.free_gpu_memory():
        assert devices.held == {"one@cpu"}
        assert await asked_of(engine, "two") == "two@cpu:hi"
    assert devices.held == {"one@cuda"}
    await engine.stop()


async def test_in_a_pause_another_voice_is_refused(tmp_path: Path, devices: Devices) -> None:
    engine = an_engine(tmp_path, devices, "pause")
    await engine.start("one", Path("one"))
    async with engine.free_gpu_memory():
        with pytest.raises(TwinError, match="no room for another model"):
            await asked_of(engine, "two")
        assert devices.held == set()
    await engine.stop()


async def test_another_voice_is_let_go_when_nobody_asks(
    tmp_path: Path, devices: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_pool, "IDLE_S", 0.0)
    engine = an_engine(tmp_path, devices)
    await engine.start("one", Path("one"))
    await asked_of(engine, "two")
    await run_tasks()
    assert devices.held == {"one@cuda"}
    await engine.stop()
