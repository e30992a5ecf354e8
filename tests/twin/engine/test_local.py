import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from storage.errors import TwinError
from tests.twin.fakes import FakeFormat, config_in
from twin.config.schema import Config
from twin.engine.base import Limits, Reply
from twin.engine.local import LocalEngine
from twin.prompting.chat_template import PromptFormat, Turn

WAIT_S = 10.0


class FakeVoice:
    """Answers "name:question" once the gate is open."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.format: PromptFormat = FakeFormat()
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
    ) -> list[Reply]:
        asked = [turns[-1]["content"] for turns in batch]
        self.batches.append(asked)
        self.limits.append((max_tokens, temperature, top_p, seed))
        self.busy.set()
        assert self.gate.wait(WAIT_S)
        if "bad" in asked:
            raise RuntimeError("out of memory")
        return [Reply(f"{self.name}:{text}", 1, True, 0.0) for text in asked]


class Voices:
    """What the engine loads from; the folder's name is the voice's."""

    def __init__(self) -> None:
        self.made: dict[str, FakeVoice] = {}
        self.loads: list[str] = []

    def __call__(self, config: Config, path: Path | None) -> FakeVoice:
        name = path.name if path else "base"
        if name == "broken":
            raise TwinError("broken: not an adapter")
        self.loads.append(name)
        return self.made.setdefault(name, FakeVoice(name))


@pytest.fixture
def voices() -> Voices:
    return Voices()


@pytest.fixture
def engine(tmp_path: Path, voices: Voices) -> LocalEngine:
    return LocalEngine(config_in(tmp_path), voices)


def ask(engine: LocalEngine, text: str) -> asyncio.Task[Reply]:
    return asyncio.create_task(engine.reply([{"role": "user", "content": text}]))


def guest(engine: LocalEngine, text: str, limits: Limits) -> asyncio.Task[Reply]:
    return asyncio.create_task(engine.reply([{"role": "user", "content": text}], limits))


async def texts(tasks: list[asyncio.Task[Reply]]) -> list[str]:
    return [reply.text for reply in await asyncio.gather(*tasks)]


async def hold(engine: LocalEngine, voice: FakeVoice) -> asyncio.Task[Reply]:
    """A reply that is being made until `voice.gate` is opened."""
    voice.gate.clear()
    held = ask(engine, "held")
    await asyncio.to_thread(voice.busy.wait, WAIT_S)
    return held


async def test_what_waits_is_answered_in_batches(engine: LocalEngine, voices: Voices) -> None:
    await engine.start()
    voice = voices.made["base"]
    held = await hold(engine, voice)
    tasks = [ask(engine, str(number)) for number in range(10)]
    await asyncio.sleep(0)
    voice.gate.set()
    assert await texts([held, *tasks]) == ["base:held", *(f"base:{n}" for n in range(10))]
    assert [len(batch) for batch in voice.batches] == [1, 8, 2]
    await engine.stop()


async def test_the_loop_is_free_while_the_model_computes(
    engine: LocalEngine, voices: Voices
) -> None:
    await engine.start()
    held = await hold(engine, voices.made["base"])
    await asyncio.sleep(0)
    assert not held.done()
    voices.made["base"].gate.set()
    await held
    await engine.stop()


async def test_a_swap_loses_no_reply_and_mixes_no_voices(
    engine: LocalEngine, voices: Voices
) -> None:
    await engine.start("one", Path("one"))
    voice = voices.made["one"]
    held = await hold(engine, voice)
    waiting = [ask(engine, "a") for _ in range(9)]  # one more than a batch holds
    swap = asyncio.create_task(engine.load("two", Path("two")))
    await asyncio.sleep(0)
    assert engine.adapter == "one"
    voice.gate.set()
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


async def test_a_failure_is_its_own_batchs_alone(engine: LocalEngine, voices: Voices) -> None:
    await engine.start()
    held = await hold(engine, voices.made["base"])
    failing = [ask(engine, "bad"), *(ask(engine, "same batch") for _ in range(7))]
    fine = ask(engine, "fine")
    await asyncio.sleep(0)
    voices.made["base"].gate.set()
    results = await asyncio.gather(*failing, return_exceptions=True)
    assert all(isinstance(result, RuntimeError) for result in results)
    assert await texts([held, fine]) == ["base:held", "base:fine"]
    await engine.stop()


async def test_a_cancelled_request_is_not_computed(engine: LocalEngine, voices: Voices) -> None:
    await engine.start()
    voice = voices.made["base"]
    held = await hold(engine, voice)
    dropped, kept = ask(engine, "dropped"), ask(engine, "kept")
    await asyncio.sleep(0)
    dropped.cancel()
    held.cancel()
    await asyncio.sleep(0)
    voice.gate.set()
    assert await texts([kept]) == ["base:kept"]
    assert voice.batches == [["held"], ["kept"]]
    await engine.stop()


async def test_stop_cancels_what_waits(engine: LocalEngine, voices: Voices) -> None:
    await engine.start()
    voice = voices.made["base"]
    held = await hold(engine, voice)
    waiting = ask(engine, "waiting")
    await asyncio.sleep(0)
    await engine.stop()
    voice.gate.set()
    results = await asyncio.gather(held, waiting, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    with pytest.raises(TwinError, match="no model"):
        await engine.reply([{"role": "user", "content": "late"}])


async def test_a_guests_limits_are_kept_and_friends_go_first(
    engine: LocalEngine, voices: Voices
) -> None:
    await engine.start()
    voice = voices.made["base"]
    held = await hold(engine, voice)
    short, long = Limits(5, 0.0, 1.0), Limits(9, 0.0, 1.0)
    guests = [guest(engine, text, limits) for text, limits in (("a", short), ("b", long))]
    guests += [guest(engine, "c", short), ask(engine, "friend")]
    await asyncio.sleep(0)
    voice.gate.set()
    await texts([held, *guests])
    assert voice.batches == [["held"], ["friend"], ["a", "c"], ["b"]]
    usual = config_in(Path()).reply
    assert voice.limits[1:] == [
        (usual.max_tokens, usual.temperature, usual.top_p, None),
        (5, 0.0, 1.0, None),
        (9, 0.0, 1.0, None),
    ]
    await engine.stop()


async def test_a_seed_is_answered_alone(engine: LocalEngine, voices: Voices) -> None:
    await engine.start()
    voice = voices.made["base"]
    held = await hold(engine, voice)
    seeded = [guest(engine, text, Limits(5, 1.0, 1.0, 7)) for text in "ab"]
    await asyncio.sleep(0)
    voice.gate.set()
    await texts([held, *seeded])
    assert voice.batches == [["held"], ["a"], ["b"]]
    await engine.stop()


async def test_another_adapter_answers_beside_the_live_one(
    engine: LocalEngine, voices: Voices
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
    assert voices.loads == ["one", "base", "two"]  # the live one and the one of before are there
    with pytest.raises(TwinError, match="not an adapter"):
        await engine.reply_as("broken", Path("broken"), turns, limits)
    assert await texts([ask(engine, "friend")]) == ["one:friend"]
    await engine.stop()


async def test_work_is_counted(engine: LocalEngine, voices: Voices) -> None:
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


async def test_another_adapter_is_let_go_of_when_asked_to(
    engine: LocalEngine, voices: Voices
) -> None:
    await engine.start("one", Path("one"))
    limits, turns = Limits(5, 0.0, 1.0), [Turn(role="user", content="hi")]
    for _ in range(2):
        assert (await engine.reply_as("two", Path("two"), turns, limits)).text == "two:hi"
        engine.unload_other()
    assert voices.loads == ["one", "two", "two"]
    assert await texts([ask(engine, "friend")]) == ["one:friend"]
    await engine.stop()
