from collections.abc import Sequence
from dataclasses import replace

import pytest

from storage.messages import Message, Origin
from twin.config.schema import DatasetSettings
from twin.prompting.chat_prompt import build_turns, past_turns
from twin.prompting.chat_template import Turn


class Letters:
    """A format in which each letter is a token."""

    def __init__(self) -> None:
        self.stop_ids = [0]
        self.takes_opening = True
        self.marks: tuple[str, ...] = ()

    def render(self, turns: Sequence[Turn]) -> list[int]:
        return [1] * sum(len(turn["content"]) for turn in turns)

    def complete(
        self, turns: Sequence[Turn], answers: int | None = None
    ) -> tuple[list[int], list[int]]:
        raise NotImplementedError


def said(number: int, origin: Origin, text: str, kind: str = "text") -> Message:
    return Message(number, 1, origin, kind, text, number, None)


HISTORY = [
    said(1, "owner", "morning"),
    said(2, "peer", "hey"),
    said(3, "peer", "you?"),
    said(4, "peer", "cat.jpg", kind="image"),
    said(5, "owner", "fine"),
    said(6, "twin", "thanks"),
    said(7, "peer", "good"),
]


def past(history: Sequence[Message], **rules: object) -> list[Turn]:
    settings = DatasetSettings.model_validate(rules)
    return past_turns(history, said(len(history) + 1, "peer", "bye"), settings, named=False)[0]


def shown(past: Sequence[Turn], budget: int, burst: str = "bye") -> list[tuple[str, str]]:
    built = build_turns("sys", past, burst, Letters(), budget)
    return [(turn["role"], turn["content"]) for turn in built]


def test_history_is_joined_by_side_and_with_the_burst() -> None:
    assert shown(past(HISTORY), 100) == [
        ("system", "sys"),
        ("assistant", "morning"),
        ("user", "hey\nyou?"),
        ("assistant", "fine\nthanks"),
        ("user", "good\nbye"),
    ]


def test_where_the_template_wants_it_the_friend_speaks_first() -> None:
    strict = Letters()
    strict.takes_opening = False
    turns = build_turns("sys", past(HISTORY), "bye", strict, 100)
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]


def test_history_is_cut_by_whole_turns_and_the_newest_is_kept() -> None:
    for budget in range(13, 80):
        turns = shown(past(HISTORY), budget)
        assert sum(len(text) for _, text in turns) <= budget
        assert turns == [("system", "sys"), *shown(past(HISTORY), 100)[-len(turns) + 1 :]]


@pytest.mark.parametrize(("answers", "left"), [(0, 1), (1, 3), (2, 4), (9, 4)])
def test_no_more_answers_are_shown_than_in_training(answers: int, left: int) -> None:
    turns = past(HISTORY, context_turns=answers)
    assert turns == past(HISTORY)[-left:]


@pytest.mark.parametrize("most", [1, 2, 3, 8])
def test_in_a_long_talk_most_prompts_only_add_to_the_one_before(most: int) -> None:
    history = [said(at, "owner" if at % 2 else "peer", f"{at}") for at in range(80)]
    rules = DatasetSettings(context_turns=most)
    added = 0
    for answers in range(2, 40):
        before, now = (
            past_turns(history[: 2 * n], said(2 * n, "peer", "?"), rules, named=False)[0]
            for n in (answers - 1, answers)
        )
        assert min(answers, (most + 1) // 2) <= len(now) / 2 <= most
        added += now[: len(before)] == before
    assert added >= 38 * (1 - 1 / max(1, most // 2)) - 1


def test_what_lies_before_a_long_silence_is_another_conversation() -> None:
    hour = 3_600_000
    history = [said(1, "peer", "old"), said(2, "owner", "older"), said(3 * hour, "owner", "new")]
    turns, began = past_turns(
        history, said(3 * hour + 1, "peer", "?"), DatasetSettings(), named=False
    )
    assert turns == [{"role": "assistant", "content": "new"}]
    assert began == 3 * hour


def test_in_a_room_each_line_says_whose_it_is() -> None:
    history = [replace(said(1, "peer", "hi"), sender="Ann"), said(2, "owner", "yo")]
    turns, _ = past_turns(history, said(3, "peer", "?"), DatasetSettings(), named=True)
    assert [turn["content"] for turn in turns] == ["Ann: hi", "yo"]


def test_a_burst_too_long_by_itself_loses_its_beginning() -> None:
    assert shown([], 8, "one\ntwo\nend") == [("system", "sys"), ("user", "end")]
    [_, (_, rest)] = shown([], 8, "abcdefghij")
    assert "abcdefghij".endswith(rest)
    assert 0 < len(rest) <= 5
