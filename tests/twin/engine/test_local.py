import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from storage.errors import TwinError
from tests.twin.engine.fake_models import FakeLoader, FakeModel, ask, guest, hold, texts
from tests.twin.fakes import FakeFormat, config_in
from twin.engine.base import Limits
from twin.engine.local import LocalEngine
from twin.engine.sampling import Sampling
from twin.prompting.chat_template import Turn
from twin.prompting.fitting import PromptTooLong


@pytest.fixture
def loader() -> FakeLoader:
    return FakeLoader()


@pytest.fixture
def engine(tmp_path: Path, loader: FakeLoader) -> LocalEngine:
    return LocalEngine(config_in(tmp_path), loader)


async def test_what_waits_is_answered_in_batches(engine: LocalEngine, loader: FakeLoader) -> None:
    await engine.start()
    model = loader.made["base"]
    held = await hold(engine, model)
    tasks = [ask(engine, str(number)) for number in range(10)]
    await asyncio.sleep(0)
    model.gate.set()
    assert await texts([held, *tasks]) == ["base:held", *(f"base:{n}" for n in range(10))]
    assert [len(batch) for batch in model.batches] == [1, 8, 2]
    await engine.stop()


async def test_the_loop_is_free_while_the_model_computes(
    engine: LocalEngine, loader: FakeLoader
) -> None:
    await engine.start()
    held = await hold(engine, loader.made["base"])
    await asyncio.sleep(0)
    assert not held.done()
    loader.made["base"].gate.set()
    await held
    await engine.stop()


async def test_a_swap_loses_no_reply_and_mixes_no_models(
    engine: LocalEngine, loader: FakeLoader
) -> None:
    await engine.start("one", Path("one"))
    model = loader.made["one"]
    held = await hold(engine, model)
    waiting = [ask(engine, "a") for _ in range(9)]  # one more than a batch holds
    swap = asyncio.create_task(engine.load("two", Path("two")))
    await asyncio.sleep(0)
    assert engine.adapter == "one"
    model.gate.set()
    await swap
    assert engine.adapter == "two"
    after = ask(engine, "c")
    answers = await texts([held, *waiting, after])
    assert answers == ["one:held", *["one:a"] * 9, "two:c"]
    await engine.stop()


async def test_many_swaps_under_load(engine: LocalEngine) -> None:
    await engine.start("0", Path("0"))
    tasks, expected = [], []
    for number in range(1, 6):
        for letter in "abc":
            expected.append(f"{engine.adapter}:{letter}")
            tasks.append(ask(engine, letter))
        await asyncio.sleep(0)
        await engine.load(str(number), Path(str(number)))
    assert await texts(tasks) == expected
    await engine.stop()


async def test_a_refused_adapter_leaves_the_old_one(engine: LocalEngine) -> None:
    await engine.start("one", Path("one"))
    with pytest.raises(TwinError, match="not an adapter"):
        await engine.load("broken", Path("broken"))
    assert engine.adapter == "one"
    assert await texts([ask(engine, "a")]) == ["one:a"]
    await engine.stop()


async def test_a_failure_is_its_own_batchs_alone(engine: LocalEngine, loader: FakeLoader) -> None:
    await engine.start()
    held = await hold(engine, loader.made["base"])
    failing = [ask(engine, "bad"), *(ask(engine, "same batch") for _ in range(7))]
    fine = ask(engine, "fine")
    await asyncio.sleep(0)
    loader.made["base"].gate.set()
    results = await asyncio.gather(*failing, return_exceptions=True)
    assert all(isinstance(result, RuntimeError) for result in results)
    assert await texts([held, fine]) == ["base:held", "base:fine"]
    await engine.stop()


async def test_a_cancelled_request_is_not_computed(engine: LocalEngine, loader: FakeLoader) -> None:
    await engine.start()
    model = loader.made["base"]
    held = await hold(engine, model)
    dropped, kept = ask(engine, "dropped"), ask(engine, "kept")
    await asyncio.sleep(0)
    dropped.cancel()
    held.cancel()
    await asyncio.sleep(0)
    model.gate.set()
    assert await texts([kept]) == ["base:kept"]
    assert model.batches == [["held"], ["kept"]]
    await engine.stop()


async def test_stop_cancels_what_waits(engine: LocalEngine, loader: FakeLoader) -> None:
    await engine.start()
    model = loader.made["base"]
    held = await hold(engine, model)
    waiting = ask(engine, "waiting")
    await asyncio.sleep(0)
    await engine.stop()
    model.gate.set()
    results = await asyncio.gather(held, waiting, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    with pytest.raises(TwinError, match="no model"):
        await engine.reply([{"role": "user", "content": "late"}])


async def test_a_guests_limits_are_kept_and_friends_go_first(
    engine: LocalEngine, loader: FakeLoader
) -> None:
    await engine.start()
    model = loader.made["base"]
    held = await hold(engine, model)
    short, long = Limits(5, 0.0, 1.0), Limits(9, 0.0, 1.0)
    guests = [guest(engine, text, limits) for text, limits in (("a", short), ("b", long))]
    guests += [guest(engine, "c", short), ask(engine, "friend")]
    await asyncio.sleep(0)
    model.gate.set()
    await texts([held, *guests])
    assert model.batches == [["held"], ["friend"], ["a", "c"], ["b"]]
    usual, drawn = config_in(Path()).reply, model.sampling
    assert model.limits[1:] == [
        (usual.max_tokens, drawn.temperature, drawn.top_p, None),
        (5, 0.0, 1.0, None),
        (9, 0.0, 1.0, None),
    ]
    await engine.stop()


async def test_each_adapter_is_sampled_as_its_own_night_chose(
    engine: LocalEngine, loader: FakeLoader
) -> None:
    for name, temperature in (("one", 0.7), ("two", 0.9)):
        loader.made[name] = FakeModel(name)
        loader.made[name].sampling = Sampling(temperature=temperature, top_p=0.5)
    one, two = loader.made["one"], loader.made["two"]
    await engine.start("one", Path("one"))
    held = await hold(engine, one)
    waits = ask(engine, "asked before the swap")
    await asyncio.sleep(0)
    swap = asyncio.create_task(engine.load("two", Path("two")))
    one.gate.set()
    await swap
    await texts([held, waits, ask(engine, "after it"), guest(engine, "b", Limits(5, top_p=0.9))])
    assert [drawn[1:3] for drawn in one.limits] == [(0.7, 0.5)] * 2
    assert [drawn[1:3] for drawn in two.limits] == [(0.9, 0.5), (0.9, 0.9)]
    await engine.stop()


async def test_a_seed_is_answered_alone(engine: LocalEngine, loader: FakeLoader) -> None:
    await engine.start()
    model = loader.made["base"]
    held = await hold(engine, model)
    seeded = [guest(engine, text, Limits(5, 1.0, 1.0, 7)) for text in "ab"]
    await asyncio.sleep(0)
    model.gate.set()
    await texts([held, *seeded])
    assert model.batches == [["held"], ["a"], ["b"]]
    await engine.stop()


async def test_another_adapter_answers_beside_the_live_one(
    engine: LocalEngine, loader: FakeLoader
) -> None:
    await engine.start("one", Path("one"))
    limits, turns = Limits(5, 0.0, 1.0), [Turn(role="user", content="hi")]
    said = [
        (await engine.reply_as(name, Path(name) if name else None, turns, limits)).text
        for name in (None, "one", "two", "two")
    ]
    assert said == ["base:hi", "one:hi", "two:hi", "two:hi"]
    assert engine.adapter == "one"
    assert await texts([ask(engine, "friend")]) == ["one:friend"]
    assert loader.loads == ["one", "base", "two"]  # the live one and the one of before are there
    with pytest.raises(TwinError, match="not an adapter"):
        await engine.reply_as("broken", Path("broken"), turns, limits)
    assert await texts([ask(engine, "friend")]) == ["one:friend"]
    await engine.stop()


class WatchedFormat(FakeFormat):
    """Knows in which threads it was used."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: set[str] = set()

    def render(self, turns: Sequence[Turn]) -> list[int]:
        self.threads.add(threading.current_thread().name)
        return super().render(turns)


async def test_prompts_are_fitted_in_the_models_thread(
    engine: LocalEngine, loader: FakeLoader
) -> None:
    await engine.start()
    model = loader.made["base"]
    model.format = watched = WatchedFormat()
    budget = config_in(Path()).reply.context_tokens
    assert (await ask(engine, f"{'old ' * budget}\nnew")).text == "base:new"
    assert watched.threads == {"engine_0"}
    await engine.stop()


async def test_a_prompt_too_long_fails_alone(engine: LocalEngine, loader: FakeLoader) -> None:
    await engine.start()
    model = loader.made["base"]
    held = await hold(engine, model)
    whole = Limits(5, 0.0, 1.0, may_cut=False)
    long, short = guest(engine, "x" * 9999, whole), guest(engine, "x", whole)
    await asyncio.sleep(0)
    model.gate.set()
    assert await texts([held, short]) == ["base:held", "base:x"]
    with pytest.raises(PromptTooLong):
        await long
    assert model.batches == [["held"], ["x"]]
    assert engine.throughput.failed == 0  # the client's mistake
    await engine.stop()


async def test_work_is_counted(engine: LocalEngine, loader: FakeLoader) -> None:
    await engine.start()
    await texts([ask(engine, "a"), ask(engine, "b")])
    with pytest.raises(RuntimeError):
        await ask(engine, "bad")
    assert (engine.throughput.replies, engine.throughput.tokens, engine.throughput.failed) == (
        2,
        2,
        1,
    )
    assert engine.waiting == 0
    await engine.stop()


async def test_another_adapter_is_unloaded_when_asked_to(
    engine: LocalEngine, loader: FakeLoader
) -> None:
    await engine.start("one", Path("one"))
    limits, turns = Limits(5, 0.0, 1.0), [Turn(role="user", content="hi")]
    for _ in range(2):
        assert (await engine.reply_as("two", Path("two"), turns, limits)).text == "two:hi"
        engine.unload_other()
    assert loader.loads == ["one", "two", "two"]
    assert await texts([ask(engine, "friend")]) == ["one:friend"]
    await engine.stop()
