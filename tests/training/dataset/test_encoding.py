from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from tests.tiny import tiny_index_model
from training.dataset.encoding import encode, keeps_turns, pack, sequences_at_once
from training.dataset.samples import PastExchange, Sample
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.model import load_tokenizer
from twin.prompting.chat_template import IGNORED, ChatTemplateFormat, PromptFormat
from twin.prompting.index_format import IndexFormat

STRICT = (
    "{% for message in messages if message.role != 'system' %}"
    "{% if (message.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('a user must begin') }}{% endif %}{% endfor %}"
)


@pytest.fixture
def fmt(config: Config) -> ChatTemplateFormat:
    return ChatTemplateFormat(load_tokenizer(config))


@cache
def _read(base: Path) -> tuple[PromptFormat, Config]:
    """Once, not for each of hypothesis' examples."""
    config = load_config()
    model = config.model.model_copy(update={"base": str(base)})
    config = config.model_copy(update={"model": model})
    return ChatTemplateFormat(load_tokenizer(config)), config


def conversation(length: int, learnt: Sequence[int], words: str = "") -> list[Sample]:
    """Samples of one conversation of so many exchanges; those at `learnt` are answers to learn."""
    exchanges: list[PastExchange] = [
        (f"ask {at} {words}".strip(), f"say {at}") for at in range(length)
    ]
    return [
        Sample("be Sam", *exchanges[at], history=tuple(exchanges[max(0, at - 8) : at]), position=at)
        for at in learnt
    ]


def labelled(sequence: dict[str, list[int]], config: Config) -> list[str]:
    """The answers that are learnt from a sequence."""
    tokenizer = load_tokenizer(config)
    ids = [label if label != IGNORED else None for label in sequence["labels"]]
    runs, run = [], []
    for at in [*ids, None]:
        if at is not None:
            run.append(at)
        elif run:
            runs.append(tokenizer.decode(run).removesuffix("<|im_end|>"))
            run = []
    return runs


def test_one_answer_alone_is_labelled_and_all_of_its_context_shown(
    config: Config, fmt: ChatTemplateFormat
) -> None:
    sequence = encode(conversation(3, [2])[0], config, fmt)
    assert labelled(sequence, config) == ["say 2"]
    shown = load_tokenizer(config).decode(sequence["input_ids"])
    assert all(text in shown for text in ("be Sam", "ask 0", "say 0", "ask 1", "say 1", "ask 2"))


def test_a_conversation_is_one_sequence_with_all_its_answers(
    config: Config, fmt: ChatTemplateFormat
) -> None:
    samples = conversation(4, [0, 2, 3])
    [sequence] = pack(samples, config, fmt)
    assert labelled(sequence, config) == ["say 0", "say 2", "say 3"]
    assert "say 1" in load_tokenizer(config).decode(sequence["input_ids"])
    alone = encode(samples[-1], config, fmt)
    assert sequence["input_ids"] == alone["input_ids"]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 30), min_size=1), st.integers(0, 20), st.integers(100, 400))
def test_every_answer_is_learnt_once_within_the_limit(
    tiny_base: Path, learnt: set[int], words: int, limit: int
) -> None:
    fmt, config = _read(tiny_base)
    config = config.model_copy(
        update={"train": config.train.model_copy(update={"max_tokens": limit})}
    )
    samples = conversation(31, sorted(learnt), "word " * words)
    sequences = pack(samples, config, fmt)
    assert all(sequence["length"] <= limit for sequence in sequences)
    assert sum(
        label in fmt.stop_ids for sequence in sequences for label in sequence["labels"]
    ) == len(learnt)


def test_conversations_are_never_mixed(config: Config, fmt: ChatTemplateFormat) -> None:
    samples = [
        Sample("be Sam", "hi", f"answer {n}", chat_id=n % 2, conversation=n // 2) for n in range(6)
    ]
    sequences = pack(samples, config, fmt)
    assert sorted(labelled(each, config)[0] for each in sequences) == [
        f"answer {n}" for n in range(6)
    ]


def test_a_template_that_forgets_earlier_answers_has_one_answer_a_sequence(
    config: Config, fmt: ChatTemplateFormat
) -> None:
    tokenizer = load_tokenizer(config)
    # As Qwen3: the open answer begins with an empty thought, which answers given have not.
    tokenizer.chat_template = tokenizer.get_chat_template().replace(
        "<|im_start|>assistant\n' }}{% endif %}", "<|im_start|>assistant\n<t></t>' }}{% endif %}"
    )
    forgetful = ChatTemplateFormat(tokenizer)
    assert keeps_turns(fmt)
    assert not keeps_turns(forgetful)
    sequences = pack(conversation(3, [0, 1, 2]), config, forgetful)
    assert [labelled(sequence, config) for sequence in sequences] == [
        ["say 0"],
        ["say 1"],
        ["say 2"],
    ]


def test_where_the_friend_must_begin_an_opening_is_not_shown(config: Config) -> None:
    tokenizer = load_tokenizer(config)
    tokenizer.chat_template = STRICT + tokenizer.get_chat_template()
    fmt = ChatTemplateFormat(tokenizer)
    sample = Sample("be Sam", "hi", "yo", history=(("", "morning"),))
    assert "morning" not in tokenizer.decode(encode(sample, config, fmt)["input_ids"])
    free = ChatTemplateFormat(load_tokenizer(config))
    sequence = encode(sample, config, free)
    assert "morning" in tokenizer.decode(sequence["input_ids"])
    assert labelled(sequence, config) == ["yo"]


def test_the_index_format_packs_too(config: Config, tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_index_model(tmp_path))
    fmt: PromptFormat = IndexFormat(tokenizer)
    [sequence] = pack(conversation(3, [0, 2]), config, fmt)
    assert sum(label == fmt.stop_ids[0] for label in sequence["labels"]) == 2
    assert "say 1" in tokenizer.decode(sequence["input_ids"])


def test_a_long_prompt_leaves_room_for_the_answer_and_its_stop_token(
    config: Config, fmt: ChatTemplateFormat
) -> None:
    sequence = encode(Sample("be Sam", "word " * 2000, "ok"), config, fmt)
    assert sequence["length"] <= config.train.max_tokens
    assert sequence["labels"][-1] == fmt.stop_ids[0]


@pytest.mark.parametrize(
    ("answers", "of", "sequences", "at_once"), [(8, 100, 100, 8), (8, 100, 25, 2), (8, 100, 3, 1)]
)
def test_a_batch_counts_answers(answers: int, of: int, sequences: int, at_once: int) -> None:
    assert sequences_at_once(answers, of, sequences) == at_once
