import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation import style

TERSE = ["ok", "yeah lol", "see you\nbye", "no idea 😂", "hahaha"]
FORMAL = ["Good evening. I agree!", "Yes, of course; thank you.", "That is fine.", "No.", "Sure!"]
WORDS = ("sure", "maybe", "pizza", "game", "work", "tired", "home", "later", "cool", "nice")
DISTANCES = [
    style.length_distance,
    style.pieces_distance,
    style.punctuation_distance,
    style.emoji_distance,
    style.case_distance,
]


def test_two_manners_are_apart_in_what_differs() -> None:
    assert style.case_distance(TERSE, FORMAL) == 1.0
    assert style.punctuation_distance(TERSE, FORMAL) > 0.7
    assert style.emoji_distance(TERSE, FORMAL) == pytest.approx(0.3, abs=0.1)
    assert style.length_distance(TERSE, [text * 20 for text in TERSE]) == 1.0
    assert style.pieces_distance(TERSE, ["a\nb\nc"] * 5) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("distance", DISTANCES)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=8), st.lists(st.text(), max_size=8))
def test_a_distance_is_a_share_and_nothing_is_apart_from_itself(
    distance: object, mine: list[str], theirs: list[str]
) -> None:
    assert callable(distance)
    itself = distance(mine, mine)
    assert itself is None or itself == pytest.approx(0, abs=1e-7)
    apart = distance(mine, theirs)
    assert apart is None or 0 <= apart <= 1 + 1e-9


def test_chinese_has_no_case_and_wechats_own_emoji_count() -> None:
    assert style.case_distance(["好的"], ["在吗？"]) is None
    assert style.emoji(["好的[捂脸]", "ok [Smile]", "[1] no"]) == {
        "[捂脸]": 1,
        "[Smile]": 1,
        "": 1,
    }
    assert style.marks(["好的，走吧[捂脸]"]) == {"，": 1, "": 1}
    assert style.pieces("a\n\n b \n") == 2


def answers(seed: int, count: int = 40) -> list[str]:
    drawn = random.Random(seed)
    return [" ".join(drawn.choices(WORDS, k=5)) for _ in range(count)]


def test_the_same_manner_can_not_be_told_apart() -> None:
    auc = style.detector_auc(answers(1), answers(2))
    assert auc is not None
    assert 0.3 < auc < 0.7


def test_a_habit_gives_the_twin_away() -> None:
    auc = style.detector_auc([f"{text.capitalize()}." for text in answers(1)], answers(2))
    assert auc is not None
    assert auc > 0.9


def test_too_few_answers_tell_nothing() -> None:
    assert style.detector_auc(answers(1, 9), answers(2, 9)) is None
    assert style.detector_auc(answers(1, 12), answers(2, 11)) is None


LENGTHS = st.lists(st.integers(0, 30), min_size=1, max_size=30)


@given(LENGTHS, LENGTHS)
def test_the_length_distance_is_the_largest_gap_of_the_distributions(
    mine: list[int], theirs: list[int]
) -> None:
    at = np.array([*mine, *theirs])
    below = [
        np.searchsorted(np.sort(each), at, side="right") / len(each) for each in (mine, theirs)
    ]
    expected = np.abs(below[0] - below[1]).max()
    found = style.length_distance(["x" * n for n in mine], ["x" * n for n in theirs])
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "nothing", ["", " \n ", "\u200b", "\u200b\ufe0f", "\u3164", "\ufffd\ufffd"]
)
def test_an_answer_that_nobody_sees_is_empty(nothing: str) -> None:
    assert style.empty_share([nothing, "ok", "👍", "好", "?"]) == pytest.approx(0.2)


def test_answers_are_alike_but_for_case_blanks_and_marks() -> None:
    assert style.alike_share(["Sure!", "sure", "SURE :)", "no"]) == 0.75
    assert style.alike_share(["好的", "好的。", "不"]) == pytest.approx(2 / 3)
    assert style.alike_share(["👍", "👍", "😂"]) == pytest.approx(2 / 3)
    assert style.alike_share(["a", "b", "c"]) == style.alike_share([]) == 0.0
