import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.authorship import LEAST_LEARNT, Authorship, CharacterModel

SHORT = ("ok", "yeah", "nah", "lol", "cool", "home", "pizza", "tired")
LONG = ("Certainly", "tomorrow", "evening", "wonderful", "appointment", "regarding", "please")

MANY = tuple("".join(random.Random(n).choices("abcdefghij", k=5)) for n in range(300))


def writer(seed: int, words: tuple[str, ...], count: int = LEAST_LEARNT) -> list[str]:
    drawn = random.Random(seed)
    return [" ".join(drawn.choices(words, k=4)) for _ in range(count)]


@given(st.text(alphabet="ab好", max_size=6), st.lists(st.text(alphabet="ab好", max_size=6)))
def test_the_chances_of_all_next_characters_are_one(before: str, texts: list[str]) -> None:
    """Three letters, the end, and one for whatever comes new."""
    model = CharacterModel(texts, alphabet=5)
    known = sum(model._chance(before[-5:], character) for character in "ab好\x03?")
    assert known == pytest.approx(1)


def test_what_was_met_takes_fewer_bits() -> None:
    model = CharacterModel(writer(1, SHORT), alphabet=30)
    assert model.bits("yeah lol ok") < 2 < model.bits("Regarding")
    assert model.bits("") > 0


def test_an_answer_is_the_owners_or_somebody_elses() -> None:
    authorship = Authorship(writer(1, SHORT), writer(2, LONG))
    own, others = authorship.score(writer(3, SHORT, 5)), authorship.score(writer(4, LONG, 5))
    assert own is not None
    assert others is not None
    assert own > 1 > -1 > others


def test_who_wrote_more_is_not_the_likelier_writer() -> None:
    """More text alone foretells any text better, so both sides learn as many characters."""
    much, little, asked = writer(1, MANY, 1_000), writer(2, MANY), writer(3, MANY, 50)
    own, others = CharacterModel(much, 12), CharacterModel(little, 12)
    assert sum(map(others.bits, asked)) > sum(map(own.bits, asked)) + 0.4 * len(asked)
    assert Authorship(much, little).score(asked) == pytest.approx(0, abs=0.3)


def test_too_little_tells_nothing() -> None:
    few = writer(1, SHORT, LEAST_LEARNT - 1)
    assert Authorship(few, writer(2, LONG)).score(["ok"]) is None
    assert Authorship(writer(2, LONG), []).score(["ok"]) is None
    assert Authorship(writer(1, SHORT), writer(2, LONG)).score([]) is None
    assert Authorship([""] * LEAST_LEARNT, ["\u200b"] * LEAST_LEARNT).score(["ok", ""]) is not None
