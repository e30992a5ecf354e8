from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from tests.tiny import tiny_index_model
from training.dataset.encoding import encode, keeps_turns, pack, samples_at_once
from training.dataset.rows import Row, Said
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.model import load_tokenizer
from twin.prompting.chat_template import IGNORED, ChatTemplateFormat, IndexFormat, PromptFormat

STRICT = (
    "{% for message in messages if message.role != 'system' %}"
    "{% if (message.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('a user must begin') }}{% endif %}{% endfor %}"
)


@pytest.fixture
def fmt(config: Config) -> ChatTemplateFormat:
    return ChatTemplateFormat(load_tokenizer(config))


def _plain() -> tuple[PromptFormat, Config]:
    """Without fixtures, which hypothesis would share between its examples."""
    config = load_config()
    return ChatTemplateFormat(load_tokenizer(config)), config


def conversation(length: int, learnt: Sequence[int], words: str = "") -> list[Row]:
    """Rows of one conversation of so many exchanges; those at `learnt` are answers to learn."""
    said: list[Said] = [(f"ask {at} {words}".strip(), f"say {at}") for at in range(length)]
    return [
        Row("be Sam", *said[at], history=tuple(said[max(0, at - 8) : at]), position=at)
        for at in learnt
    ]


def labelled(sample: dict[str, list[int]], config: Config) -> list[str]:
    """The answers that are learnt from a sample."""
    tokenizer = load_tokenizer(config)
    ids = [label if label != IGNORED else None for label in sample["labels"]]
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
    sample = encode(conversation(3, [2])[0], config, fmt)
    assert labelled(sample, config) == ["say 2"]
    shown = load_tokenizer(config).decode(sample["input_ids"])
    assert all(text in shown for text in ("be Sam", "ask 0", "say 0", "ask 1", "say 1", "ask 2"))


def test_a_conversation_is_one_sample_with_all_its_answers(
    config: Config, fmt: ChatTemplateFormat
) -> None:
    rows = conversation(4, [0, 2, 3])
    [sample] = pack(rows, config, fmt)
    assert labelled(sample, config) == ["say 0", "say 2", "say 3"]
    assert "say 1" in load_tokenizer(config).decode(sample["input_ids"])
    alone = encode(rows[-1], config, fmt)
    assert sample["input_ids"] == alone["input_ids"]


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 30), min_size=1), st.integers(0, 20), st.integers(100, 400))
def test_every_answer_is_learnt_once_within_the_limit(
    learnt: set[int], words: int, limit: int
) -> None:
    fmt, config = _plain()
    config = config.model_copy(
        update={"train": config.train.model_copy(update={"max_tokens": limit})}
    )
    rows = conversation(31, sorted(learnt), "word " * words)
    samples = pack(rows, config, fmt)
    assert all(sample["length"] <= limit for sample in samples)
    assert sum(label in fmt.stop_ids for sample in samples for label in sample["labels"]) == len(
        learnt
    )


def test_conversations_are_never_mixed(config: Config, fmt: ChatTemplateFormat) -> None:
    rows = [
        Row("be Sam", "hi", f"answer {n}", chat_id=n % 2, conversation=n // 2) for n in range(6)
    ]
    samples = pack(rows, config, fmt)
    assert sorted(labelled(each, config)[0] for each in samples) == [
        f"answer {n}" for n in range(6)
    ]


def test_a_template_that_forgets_earlier_answers_has_one_answer_a_sample(
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
    samples = pack(conversation(3, [0, 1, 2]), config, forgetful)
    assert [labelled(sample, config) for sample in samples] == [["say 0"], ["say 1"], ["say 2"]]


def test_where_the_friend_must_begin_an_opening_is_not_shown(config: Config) -> None:
    tokenizer = load_tokenizer(config)
    tokenizer.chat_template = STRICT + tokenizer.get_chat_template()
    fmt = ChatTemplateFormat(tokenizer)
    row = Row("be Sam", "hi", "yo", history=(("", "morning"),))
    assert "morning" not in tokenizer.decode(encode(row, config, fmt)["input_ids"])
    free = ChatTemplateFormat(load_tokenizer(config))
    sample = encode(row, config, free)
    assert "morning" in tokenizer.decode(sample["input_ids"])
    assert labelled(sample, config) == ["yo"]


def test_the_index_format_packs_too(config: Config, tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_index_model(tmp_path))
    fmt: PromptFormat = IndexFormat(tokenizer)
    [sample] = pack(conversation(3, [0, 2]), config, fmt)
    assert sum(label == fmt.stop_ids[0] for label in sample["labels"]) == 2
    assert "say 1" in tokenizer.decode(sample["input_ids"])


def test_a_long_prompt_leaves_room_for_the_answer_and_its_stop_token(
    config: Config, fmt: ChatTemplateFormat
) -> None:
    sample = encode(Row("be Sam", "word " * 2000, "ok"), config, fmt)
    assert sample["length"] <= config.train.max_tokens
    assert sample["labels"][-1] == fmt.stop_ids[0]


@pytest.mark.parametrize(
    ("answers", "of", "samples", "at_once"), [(8, 100, 100, 8), (8, 100, 25, 2), (8, 100, 3, 1)]
)
def test_a_batch_counts_answers(answers: int, of: int, samples: int, at_once: int) -> None:
    assert samples_at_once(answers, of, samples) == at_once
