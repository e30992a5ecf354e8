"""Fitting conversations into a budget, compared with the plain way to do it."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.prompting.chat_prompt import conversation
from twin.prompting.chat_template import Turn
from twin.prompting.fitting import MOST_CHARS_PER_TOKEN, PromptTooLong, fit_turns


class Letters:
    """A format in which each letter is a token; blanks around a turn are cut, as formats do."""

    def __init__(self, takes_opening: bool = True) -> None:
        self.stop_ids = [0]
        self.takes_opening = takes_opening
        self.marks: tuple[str, ...] = ()
        self.rendered = 0

    def render(self, turns: Sequence[Turn]) -> list[int]:
        ids = [ord(letter) for turn in turns for letter in turn["content"].strip()]
        self.rendered += len(ids)
        return ids

    def complete(
        self, turns: Sequence[Turn], answers: int | None = None
    ) -> tuple[list[int], list[int]]:
        raise NotImplementedError


def plainly(turns: list[Turn], fmt: Letters, budget: int) -> list[Turn]:
    """Leave out one turn after the other, then one line after the other."""

    def fits(kept: Sequence[Turn]) -> bool:
        return len(fmt.render(kept)) <= budget

    system, *past, last = turns
    for at, turn in enumerate(past):
        opens = turn["role"] == "user" or fmt.takes_opening
        if opens and fits([system, *past[at:], last]):
            return [system, *past[at:], last]
    text = last["content"].strip()
    while not fits([system, user(text)]) and len(text) > 1:
        first, newline, rest = text.partition("\n")
        text = rest if newline and rest.strip() else first[len(first) // 4 + 1 :]
    return [system, user(text)]


def user(text: str) -> Turn:
    return {"role": "user", "content": text}


texts = st.text("ab \n", min_size=1, max_size=30).filter(lambda text: bool(text.strip()))


@given(st.lists(texts, max_size=6), texts, st.integers(4, 80), st.booleans())
def test_what_is_left_is_what_leaving_out_one_by_one_leaves(
    said: list[str], burst: str, budget: int, takes_opening: bool
) -> None:
    past: list[Turn] = [
        {"role": "assistant" if at % 2 else "user", "content": text} for at, text in enumerate(said)
    ]
    turns, fmt = conversation("sys", past, burst), Letters(takes_opening)
    fitted, plain = fit_turns(turns, fmt, budget), plainly(turns, fmt, budget)
    assert fmt.render(fitted) == fmt.render(plain)
    assert [turn["role"] for turn in fitted] == [turn["role"] for turn in plain]


@pytest.mark.parametrize(
    "burst", ["hello\n" * 20_000, "x" * 1_000_000, "\n" * 1_000_000 + "x", "x" + "\n" * 1_000_000]
)
def test_however_long_a_message_is_little_of_it_is_tokenized(burst: str) -> None:
    fmt = Letters()
    past = [user("y" * 1_000_000), Turn(role="assistant", content="z" * 1_000_000)]
    [_, last] = fit_turns(conversation("sys", past, burst), fmt, 100)
    assert 0 < len(last["content"].strip()) <= 100
    assert fmt.rendered < 40 * 100 * MOST_CHARS_PER_TOKEN


def test_what_may_not_be_cut_is_refused() -> None:
    turns = conversation("sys", [user("old"), Turn(role="assistant", content="older")], "question")
    fitted = fit_turns(turns, Letters(), 11, may_cut=False)
    assert [turn["content"] for turn in fitted] == ["sys", "question"]
    with pytest.raises(PromptTooLong, match="over 10 tokens"):
        fit_turns(turns, Letters(), 10, may_cut=False)


def test_without_a_system_text_nothing_is_taken_for_one() -> None:
    assert fit_turns([user("a"), user("b")], Letters(), 1) == [user("b")]
