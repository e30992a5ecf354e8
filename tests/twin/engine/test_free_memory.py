"""Freeing the GPU's memory for a training run, and answering meanwhile."""

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from storage.errors import TwinError
from tests.twin.engine.fake_models import FakeDevices, answer_of, answer_of_other, ask, hold, texts
from tests.twin.fakes import config_in, run_tasks
from twin.engine import model_pool
from twin.engine.local import LocalEngine

WAIT_S = 10.0


@pytest.fixture
def devices() -> FakeDevices:
    return FakeDevices()


def an_engine(
    folder: Path, devices: FakeDevices, make_room: str = "cpu", device: str = "cuda"
) -> LocalEngine:
    config = config_in(folder)
    changes = {
        "model": config.model.model_copy(update={"device": device}),
        "schedule": config.schedule.model_copy(update={"make_room": make_room}),
    }
    return LocalEngine(config.model_copy(update=changes), devices)


async def test_meanwhile_the_processor_answers_and_the_gpu_is_free(
    tmp_path: Path, devices: FakeDevices
) -> None:
    engine = an_engine(tmp_path, devices)
    await engine.start("one", Path("one"))
    async with engine.free_gpu_memory():
        assert devices.held == {"one@cpu"}
        assert await answer_of(engine) == "one@cpu:hi"
        assert engine.adapter == "one"
    assert await answer_of(engine) == "one@cuda:hi"
    assert devices.held == {"one@cuda"}
    await engine.stop()


async def test_paused_nobody_is_answered_and_nobody_is_lost(
    tmp_path: Path, devices: FakeDevices
) -> None:
    engine = an_engine(tmp_path, devices, "pause")
    await engine.start("one", Path("one"))
    async with engine.free_gpu_memory():
        assert devices.held == set()
        waiting = [ask(engine, letter) for letter in "abc"]
        await run_tasks()
        assert not any(task.done() for task in waiting)
        assert engine.adapter == "one"
    async with asyncio.timeout(WAIT_S):
        assert await texts(waiting) == ["one@cuda:a", "one@cuda:b", "one@cuda:c"]
    assert devices.loaded == ["one@cuda"] * 2
    await engine.stop()


@pytest.mark.parametrize("make_room", ["cpu", "pause"])
async def test_a_batch_under_way_is_finished_before_the_gpu_is_free(
    tmp_path: Path, devices: FakeDevices, make_room: str
) -> None:
    engine = an_engine(tmp_path, devices, make_room)
    await engine.start("one", Path("one"))
    model = devices.model("one@cuda")
    held = await hold(engine, model)
    entered = asyncio.Event()

    async def train() -> None:
        async with engine.free_gpu_memory():
            entered.set()

    training = asyncio.create_task(train())
    await run_tasks()
    assert not entered.is_set()
    model.gate.set()
    await training
    assert await texts([held]) == ["one@cuda:held"]
    await engine.stop()


@pytest.mark.parametrize(("make_room", "inside"), [("cpu", "two@cpu:hi"), ("pause", "two@cuda:hi")])
async def test_what_is_promoted_meanwhile_is_what_comes_back(
    tmp_path: Path, devices: FakeDevices, make_room: str, inside: str
) -> None:
    engine = an_engine(tmp_path, devices, make_room)
    await engine.start("one", Path("one"))
    async with engine.free_gpu_memory():
        before = ask(engine, "first")
        await run_tasks()
        await engine.load("two", Path("two"))
        assert engine.adapter == "two"
        assert not any(name.endswith("cuda") for name in devices.held_now())
        asked = asyncio.create_task(answer_of(engine))
        await run_tasks()
    # Who asked before the promotion is answered by the adapter that was live when they asked.
    assert (await texts([before]))[0].startswith("one@")
    assert await asked == inside
    assert await answer_of(engine) == "two@cuda:hi"
    await run_tasks()
    assert devices.held == {"two@cuda"}
    await engine.stop()


async def test_a_gpu_that_stays_full_leaves_the_processor_answering(
    tmp_path: Path, devices: FakeDevices, caplog: pytest.LogCaptureFixture
) -> None:
    engine = an_engine(tmp_path, devices)
    await engine.start("one", Path("one"))
    async with engine.free_gpu_memory():
        devices.fails.add("one@cuda")
    assert await answer_of(engine) == "one@cpu:hi"
    assert "no memory" in caplog.text
    await engine.load("two", Path("two"))
    assert await answer_of(engine) == "two@cuda:hi"
    await engine.stop()


async def test_after_a_pause_too(tmp_path: Path, devices: FakeDevices) -> None:
    engine = an_engine(tmp_path, devices, "pause")
    await engine.start("one", Path("one"))
    async with engine.free_gpu_memory():
        devices.fails.add("one@cuda")
        waiting = asyncio.create_task(answer_of(engine))
        await run_tasks()
    assert await waiting == "one@cpu:hi"
    await engine.stop()


async def test_a_useless_promotion_in_a_pause_leaves_the_old_adapter(
    tmp_path: Path, devices: FakeDevices
) -> None:
    engine = an_engine(tmp_path, devices, "pause")
    await engine.start("one", Path("one"))
    devices.fails |= {"two@cuda", "two@cpu"}
    async with engine.free_gpu_memory():
        await engine.load("two", Path("two"))
        waiting = asyncio.create_task(answer_of(engine))
        await run_tasks()
    assert engine.adapter == "one"
    assert await waiting == "one@cpu:hi"
    await engine.stop()


async def test_when_nothing_can_be_loaded_who_waits_is_told_and_the_next_adapter_answers(
    tmp_path: Path, devices: FakeDevices
) -> None:
    engine = an_engine(tmp_path, devices, "pause")
    await engine.start("one", Path("one"))
    devices.fails |= {"one@cuda", "one@cpu"}
    async with engine.free_gpu_memory():
        waiting = asyncio.create_task(answer_of(engine))
        await run_tasks()
    with pytest.raises(TwinError, match="one can't be loaded again"):
        await waiting
    await engine.load("two", Path("two"))
    assert await answer_of(engine) == "two@cuda:hi"
    await engine.stop()


async def test_without_memory_for_a_copy_the_gpu_is_shared(
    tmp_path: Path, devices: FakeDevices
) -> None:
    engine = an_engine(tmp_path, devices)
    await engine.start("one", Path("one"))
    devices.fails.add("one@cpu")
    async with engine.free_gpu_memory():
        assert await answer_of(engine) == "one@cuda:hi"
    assert await answer_of(engine) == "one@cuda:hi"
    await engine.stop()


@pytest.mark.parametrize(("make_room", "device"), [("none", "cuda"), ("pause", "cpu")])
async def test_nothing_is_moved_where_it_need_not_be(
    tmp_path: Path, devices: FakeDevices, make_room: str, device: str
) -> None:
    engine = an_engine(tmp_path, devices, make_room, device)
    await engine.start("one", Path("one"))
    async with engine.free_gpu_memory():
        assert await answer_of(engine) == f"one@{device}:hi"
    assert devices.loaded == [f"one@{device}"]
    await engine.stop()


async def test_a_run_that_fails_gives_the_gpu_back(tmp_path: Path, devices: FakeDevices) -> None:
    engine = an_engine(tmp_path, devices)
    await engine.start("one", Path("one"))
    with pytest.raises(OSError, match="no disk"):
        async with engine.free_gpu_memory():
            raise OSError("no disk")
    assert await answer_of(engine) == "one@cuda:hi"
    await engine.stop()


async def test_at_the_end_of_the_bot_nothing_is_loaded(
    tmp_path: Path, devices: FakeDevices
) -> None:
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


async def test_memory_is_released_when_the_old_model_is_gone(
    tmp_path: Path, devices: FakeDevices, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[set[str]] = []
    monkeypatch.setattr(model_pool, "release_memory", lambda: held.append(devices.held_now()))
    engine = an_engine(tmp_path, devices)
    await engine.start("one", Path("one"))
    await answer_of(engine)
    async with engine.free_gpu_memory():
        assert held[-1] == {"one@cpu"}
    await engine.stop()


async def test_another_model_leaves_the_gpu_too(tmp_path: Path, devices: FakeDevices) -> None:
    engine = an_engine(tmp_path, devices)
    await engine.start("one", Path("one"))
    assert await answer_of_other(engine, "two") == "two@cuda:hi"
    async with engine.free_gpu_memory():
        assert devices.held == {"one@cpu"}
        assert await answer_of_other(engine, "two") == "two@cpu:hi"
    assert devices.held == {"one@cuda"}
    await engine.stop()


async def test_in_a_pause_another_model_is_refused(tmp_path: Path, devices: FakeDevices) -> None:
    engine = an_engine(tmp_path, devices, "pause")
    await engine.start("one", Path("one"))
    async with engine.free_gpu_memory():
        with pytest.raises(TwinError, match="no room for another model"):
            await answer_of_other(engine, "two")
        assert devices.held == set()
    await engine.stop()


async def test_another_model_is_unloaded_when_nobody_asks(
    tmp_path: Path, devices: FakeDevices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_pool, "OTHER_IDLE_S", 0.0)
    engine = an_engine(tmp_path, devices)
    await engine.start("one", Path("one"))
    await answer_of_other(engine, "two")
    await run_tasks()
    assert devices.held == {"one@cuda"}
    await engine.stop()
