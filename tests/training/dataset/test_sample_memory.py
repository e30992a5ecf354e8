from dataclasses import replace

import pytest
from sqlite_utils import Database

from storage.consent import withdraw_consent
from tests.registry import enter_adapter
from training.dataset import sample_memory
from training.dataset.alpaca import alpaca
from training.dataset.build import build
from training.dataset.encoding import prompt_of
from training.warm_start import chats_learnt
from twin.config.schema import Config, MemorySettings
from twin.engine.model import load_format
from twin.memory.block import token_budget
from twin.memory.line import Line

MINUTE = 60_000
WITHOUT = (
    "b2f3ace0fe306ea9cb7811f97a3cbefd"  # the hash of these samples before there was any memory
)
LookUps = list[tuple[int | None, str, int]]


@pytest.fixture
def remembering(config: Config) -> Config:
    memory = MemorySettings(enabled=True, embeddings="", extract="off")  # the quick way
    return config.model_copy(update={"memory": memory})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> LookUps:
    """What is looked up: the first message of the log, and the first of the other chat's."""
    asked: LookUps = []

    def look_up(
        db: Database,
        config: Config,
        chat_id: int | None,
        question: str,
        *,
        before: int,
    ) -> list[Line]:
        asked.append((chat_id, question, before))
        (other,) = db.execute("SELECT MIN(id) FROM messages WHERE chat_id = 2").fetchone()
        return [
            Line("call me on 13812345678", (1,), 0, "passage", "owner"),
            Line("hello Ben", (other,), 0, "friend", "friend"),
        ]

    monkeypatch.setattr(sample_memory, "look_up", look_up)
    return asked


def test_each_conversation_has_the_lines_of_its_first_words(
    chats: Database, remembering: Config, asked: LookUps
) -> None:
    built = build(chats, remembering)
    samples = [*built.train, *built.held_out]
    assert len(asked) == len(samples) == len(set(asked))
    assert (1, "hello Ann 3", 30 * MINUTE) in asked
    assert "call me on [PHONE_1]" in samples[0].system
    assert 'About Ann:\n- "hello Ben"' in samples[0].system
    assert samples[0].system.startswith("You are Sam")
    assert built.memory
    assert built.report["with_memory"] == len(samples)
    assert samples[0].system in str(
        alpaca(samples)[0]["system" if samples[0].history else "instruction"]
    )


def test_the_newest_conversations_alone_are_looked_up(
    chats: Database, remembering: Config, asked: LookUps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_memory, "MOST_LOOKED_UP", 3)
    built = build(chats, remembering)
    assert sorted(question for _, question, _ in asked) == [
        "hello Ann 19",
        "hello Ben 18",
        "hello Ben 19",
    ]
    assert built.report["with_memory"] == 3
    assert "Today is" in built.train[0].system


def test_without_it_samples_and_hash_are_what_they_were(
    chats: Database, config: Config, remembering: Config, asked: LookUps
) -> None:
    built = build(chats, config)
    assert asked == []
    assert built.hash == WITHOUT
    assert not built.memory
    assert {sample.system for sample in built.train} == {
        sample.instruction for sample in built.train
    }
    assert build(chats, remembering).hash != built.hash
    assert (
        build(chats, remembering.with_rules("classic")).hash
        == build(chats, config.with_rules("classic")).hash
    )


def test_nothing_of_a_chat_that_is_not_learnt_is_shown(
    chats: Database, remembering: Config, asked: LookUps
) -> None:
    built = build(chats, remembering)
    assert chats_learnt(chats, [s for s in built.train if s.chat_id == 1], None) == {1, 2}
    withdraw_consent(chats, 2, "Ben", 1)
    built = build(chats, remembering)
    assert "hello Ben" not in str([sample.system for sample in built.train])
    assert chats_learnt(chats, built.train, None) == {1}


def test_the_limits_keep_the_lines_and_drop_old_turns(
    chats: Database, remembering: Config, asked: LookUps
) -> None:
    fmt, train = load_format(remembering), remembering.train
    sample = replace(build(chats, remembering).train[0], history=(("old " * 20, "older " * 20),))
    limit = len(fmt.render(prompt_of(replace(sample, history=()), fmt, 10**6))) + 10
    turns = prompt_of(sample, fmt, limit)
    assert [turn["content"] for turn in turns] == [sample.system, sample.input]
    assert token_budget(remembering) == train.max_tokens // 3


def test_an_adapter_is_judged_as_it_learnt(
    chats: Database, remembering: Config, asked: LookUps
) -> None:
    built = build(chats, remembering)
    without = enter_adapter(chats, "without")
    with_memory = enter_adapter(chats, "with", memory=True)
    assert built.as_shown_to(with_memory) is built
    plain = built.as_shown_to(without)
    assert {sample.system for sample in plain.held_out} == {
        "You are Sam. Reply to your friend as Sam would."
    }
