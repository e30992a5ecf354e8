"""Unloading the model when nobody asks, and loading it again for the next request."""

import asyncio
import ctypes
import logging
import sys
import threading
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.errors import TwinError
from tests.twin.engine.fake_models import (
    WAIT_S,
    FakeDevices,
    answer_of,
    answer_of_other,
    ask,
    hold,
    texts,
)
from tests.twin.fakes import FakeTime, config_in, run_tasks
from twin.config.schema import Config
from twin.engine import model_pool
from twin.engine.local import LocalEngine

MINUTES = 30.0


@pytest.fixture
def devices() -> FakeDevices:
    return FakeDevices()


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def an_engine(
    folder: Path,
    devices: FakeDevices,
    time: FakeTime,
    make_room: str = "cpu",
    minutes: float = MINUTES,
) -> LocalEngine:
    config = config_in(folder)
    model = {"device": "cuda", "unload_after_minutes": minutes}
    changes = {
        "model": config.model.model_copy(update=model),
        "schedule": config.schedule.model_copy(update={"make_room": make_room}),
    }
    return LocalEngine(config.model_copy(update=changes), devices, time.clock)


async def idle(time: FakeTime, minutes: float = MINUTES) -> None:
    await time.advance(minutes * 60)


async def test_after_the_time_the_memory_goes_back_and_the_next_request_loads_it(
    tmp_path: Path, devices: FakeDevices, time: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    engine = an_engine(tmp_path, devices, time)
    await engine.start("one", Path("one"))
    await idle(time)
    assert devices.held == set()
    assert engine.adapter == "one"
    waiting = [ask(engine, letter) for letter in "abc"]
    assert await texts(waiting) == ["one@cuda:a", "one@cuda:b", "one@cuda:c"]
    assert devices.loaded == ["one@cuda"] * 2
    assert "the model is unloaded: no request for 30 minutes" in caplog.text
    assert "one is loaded again: there is a request for it" in caplog.text
    await engine.stop()


async def test_each_request_restarts_the_time(
    tmp_path: Path, devices: FakeDevices, time: FakeTime
) -> None:
    engine = an_engine(tmp_path, devices, time)
    await engine.start("one", Path("one"))
    for _ in range(5):
        await idle(time, MINUTES - 1)
        assert await answer_of(engine) == "one@cuda:hi"
    assert devices.loaded == ["one@cuda"]
    await idle(time)
    assert devices.held == set()
    await engine.stop()


async def test_it_wakes_once_in_that_time(
    tmp_path: Path, devices: FakeDevices, time: FakeTime
) -> None:
    engine = an_engine(tmp_path, devices, time)
    await engine.start("one", Path("one"))
    await idle(time, 10 * MINUTES)
    assert time.slept == [MINUTES * 60] * 11
    await engine.stop()


async def test_zero_keeps_it_loaded(tmp_path: Path, devices: FakeDevices, time: FakeTime) -> None:
    engine = an_engine(tmp_path, devices, time, minutes=0)
    await engine.start("one", Path("one"))
    await idle(time, 10_000)
    assert devices.held == {"one@cuda"}
    await engine.stop()


async def test_a_long_reply_is_no_idleness(
    tmp_path: Path, devices: FakeDevices, time: FakeTime
) -> None:
    engine = an_engine(tmp_path, devices, time)
    await engine.start("one", Path("one"))
    model = devices.model("one@cuda")
    held = await hold(engine, model)
    await idle(time, 2 * MINUTES)
    assert devices.held == {"one@cuda"}
    model.gate.set()
    assert await texts([held]) == ["one@cuda:held"]
    assert devices.loaded == ["one@cuda"]
    await engine.stop()


async def test_what_cannot_be_loaded_again_is_told_and_tried_with_the_next_request(
    tmp_path: Path, devices: FakeDevices, time: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    engine = an_engine(tmp_path, devices, time)
    await engine.start("one", Path("one"))
    await idle(time)
    devices.fails |= {"one@cuda", "one@cpu"}
    waiting = [ask(engine, letter) for letter in "ab"]
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(error) for error in told] == [TwinError] * 2
    assert devices.loaded == ["one@cuda", "one@cuda", "one@cpu"]  # one attempt for both
    assert (engine.throughput.failed, engine.waiting) == (2, 0)
    assert "no memory" in caplog.text
    devices.fails.clear()
    assert await answer_of(engine) == "one@cuda:hi"
    await engine.stop()


async def test_a_gpu_that_filled_up_meanwhile_leaves_the_processor(
    tmp_path: Path, devices: FakeDevices, time: FakeTime
) -> None:
    engine = an_engine(tmp_path, devices, time)
    await engine.start("one", Path("one"))
    await idle(time)
    devices.fails.add("one@cuda")
    assert await answer_of(engine) == "one@cpu:hi"
    await engine.stop()


async def test_a_new_adapter_is_loaded_at_once(
    tmp_path: Path, devices: FakeDevices, time: FakeTime
) -> None:
    engine = an_engine(tmp_path, devices, time)
    await engine.start("one", Path("one"))
    await idle(time)
    devices.fails.add("bad@cuda")
    with pytest.raises(TwinError, match="no memory"):
        await engine.load("bad", Path("bad"))
    assert devices.held == set()
    await engine.load("two", Path("two"))
    assert devices.held == {"two@cuda"}
    await idle(time)
    assert devices.held == set()
    assert await answer_of(engine) == "two@cuda:hi"
    await engine.stop()


async def test_who_asked_before_a_swap_is_answered_by_the_adapter_that_was_asked(
    tmp_path: Path, devices: FakeDevices, time: FakeTime
) -> None:
    engine = an_engine(tmp_path, devices, time)
    await engine.start("one", Path("one"))
    await idle(time)
    swap = asyncio.create_task(engine.load("two", Path("two")))
    before = ask(engine, "first")
    await swap
    assert await texts([before, ask(engine, "second")]) == ["one@cuda:first", "two@cuda:second"]
    assert devices.held == {"two@cuda"}
    await engine.stop()


async def test_another_adapter_answers_while_the_live_one_is_idle(
    tmp_path: Path, devices: FakeDevices, time: FakeTime
) -> None:
    engine = an_engine(tmp_path, devices, time)
    await engine.start("one", Path("one"))
    await idle(time)
    assert await answer_of_other(engine, "two") == "two@cuda:hi"
    assert devices.held == {"two@cuda"}
    assert await answer_of_other(engine, "one") == "one@cuda:hi"
    await idle(time)
    assert devices.held == set()
    await engine.stop()


async def test_what_is_idle_is_not_moved_for_a_run(
    tmp_path: Path, devices: FakeDevices, time: FakeTime
) -> None:
    engine = an_engine(tmp_path, devices, time)
    await engine.start("one", Path("one"))
    await idle(time)
    async with engine.free_gpu_memory():
        assert devices.held == set()
        await engine.load("two", Path("two"))
        assert await answer_of(engine) == "two@cpu:hi"
        await idle(time)
        assert devices.held == set()
    assert engine.adapter == "two"
    assert devices.held == set()
    assert devices.loaded == ["one@cuda", "two@cpu"]
    assert await answer_of(engine) == "two@cuda:hi"
    await engine.stop()


async def test_in_a_pause_nothing_is_loaded_for_who_asks(
    tmp_path: Path, devices: FakeDevices, time: FakeTime
) -> None:
    engine = an_engine(tmp_path, devices, time, "pause")
    await engine.start("one", Path("one"))
    await idle(time)
    async with engine.free_gpu_memory():
        waiting = ask(engine, "hi")
        await idle(time)
        assert devices.held == set()
    assert await texts([waiting]) == ["one@cuda:hi"]
    await engine.stop()


async def test_stopped_while_it_is_loaded_again(tmp_path: Path, time: FakeTime) -> None:
    gate, begun = threading.Event(), threading.Event()
    gate.set()
    devices = FakeDevices()

    def load(config: Config, path: Path | None) -> object:
        begun.set()
        assert gate.wait(WAIT_S)
        return devices(config, path)

    engine = LocalEngine(config_in(tmp_path), load, time.clock)  # type: ignore[arg-type]
    await engine.start("one", Path("one"))
    await idle(time)
    gate.clear()
    begun.clear()
    waiting = ask(engine, "hi")
    await asyncio.to_thread(begun.wait, WAIT_S)
    await engine.stop()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting


STEPS = ["ask", "ask", "other", "load", "idle", "idle", "free", "leave", "wait", "break", "mend"]
Steps = Sequence[tuple[str, str]]
steps = st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(["one", "two"])), max_size=14)
EVERYTHING = {f"{name}@{device}" for name in ("one", "two") for device in ("cuda", "cpu")}


@pytest.mark.parametrize("make_room", ["cpu", "pause"])
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps)
def test_whatever_happens_each_is_answered_by_the_adapter_that_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_room: str, steps: Steps
) -> None:
    monkeypatch.setattr(model_pool, "release_memory", lambda: None)  # it looks at all of torch
    asyncio.run(_run_steps(tmp_path, make_room, steps))


async def _run_steps(folder: Path, make_room: str, steps: Steps) -> None:
    devices, time = FakeDevices(), FakeTime()
    engine = an_engine(folder, devices, time, make_room)
    await engine.start("one", Path("one"))
    asked: list[tuple[str | None, asyncio.Task[str]]] = []
    async with asyncio.timeout(WAIT_S), AsyncExitStack() as training:
        for step, name in steps:
            match step:
                case "ask":
                    asked.append((engine.adapter, asyncio.create_task(answer_of(engine))))
                case "other":
                    asked.append((name, asyncio.create_task(answer_of_other(engine, name))))
                case "load":
                    await asyncio.gather(engine.load(name, Path(name)), return_exceptions=True)
                case "idle":
                    await idle(time)
                case "free":
                    await training.aclose()
                    await training.enter_async_context(engine.free_gpu_memory())
                case "leave":
                    await training.aclose()
                case "wait":
                    await run_tasks()
                case "break":
                    devices.fails = set(EVERYTHING)
                case "mend":
                    devices.fails = set()
        devices.fails = set()
    await _check_answers(asked, was_broken=any(step == "break" for step, _ in steps))
    assert (await answer_of(engine)).startswith(f"{engine.adapter}@")
    engine.unload_other()
    await idle(time)
    assert devices.held == set()
    await engine.stop()


async def _check_answers(
    asked: list[tuple[str | None, asyncio.Task[str]]], *, was_broken: bool
) -> None:
    """Each by the adapter that was asked; errors only where a model could not be loaded."""
    async with asyncio.timeout(WAIT_S):
        answers = await asyncio.gather(*(task for _, task in asked), return_exceptions=True)
    for (adapter, _), answer in zip(asked, answers, strict=True):
        if isinstance(answer, BaseException):
            assert isinstance(answer, TwinError)
            assert was_broken or "no room for another model" in str(answer)
        else:
            assert was_broken or answer.startswith(f"{adapter}@")


def test_the_processors_memory_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    trimmed: list[int] = []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace(malloc_trim=trimmed.append))
    model_pool.release_memory()
    assert trimmed == [0]
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace())  # another C library
    model_pool.release_memory()
