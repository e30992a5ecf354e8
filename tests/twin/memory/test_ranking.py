"""What counts besides the meaning, and what is asked by the way."""

import unicodedata

import pytest

from twin.memory.clues import clues_of
from twin.memory.ranking import LEAST_SCORE, score_of

DAY = 86_400_000
NOW = 1_788_255_000_000  # 1 September 2026
FACT = "i finally sold the old boat to a man from the harbour"


def score(
    question: str, days_ago: float = 100, likeness: float | None = 0.0, text: str = FACT
) -> float:
    at = NOW - round(days_ago * DAY)
    return score_of(text, (at, at), likeness, clues_of(question, NOW, None))


def test_meaning_counts_first() -> None:
    asked = "what became of it?"
    scores = [score(asked, likeness=likeness) for likeness in (-9, -1, 0, 1, 9)]
    assert scores == sorted(scores)
    assert 0 <= scores[0] < LEAST_SCORE < scores[-1] <= 1


def test_where_no_vector_tells_words_do() -> None:
    assert score("the old boat?", likeness=None) == 1
    assert score("the old cat?", likeness=None) == LEAST_SCORE
    assert score("what?", likeness=None) == 0


@pytest.mark.parametrize("word", ["café", "Müller", "강남", "ガ"])
def test_accents_that_are_written_apart_are_the_same_word(word: str) -> None:
    apart = unicodedata.normalize("NFD", f"we met at {word} then")
    assert score(f"{word}?", likeness=None, text=apart) == 1


def test_what_says_little_counts_less() -> None:
    assert score("why?", text="idk fair") < score("why?")
    assert score("为什么", text="哦") < score("为什么", text="因为房租太贵了我就搬走了")


@pytest.mark.parametrize(
    ("question", "inside", "outside"),
    [
        ("what did you sell in may?", 110, 200),
        ("what did you sell last summer?", 60, 150),
        ("what did you sell yesterday?", 1, 5),
        ("你五月卖了什么？", 110, 200),
        ("去年冬天卖了什么", 240, 100),
        ("国庆卖了什么", 332, 100),
        ("12月卖了什么", 260, 200),
    ],
)
def test_what_lies_in_the_time_that_is_asked_about_counts_more(
    question: str, inside: float, outside: float
) -> None:
    assert score(question, inside) > score(question, outside)


@pytest.mark.parametrize(
    "question", ["may i ask what you sold?", "三个月前卖了什么", "march on!", "what falls?"]
)
def test_no_month_is_read_where_none_is_named(question: str) -> None:
    assert clues_of(question, NOW, None).months == frozenset()


def test_of_what_is_so_now_the_newest_counts() -> None:
    assert score("where do you live now?", 10) > score("where do you live now?", 300)
    assert score("你现在住哪", 10) > score("你现在住哪", 300)
    assert score("where did you live?", 10) == score("where did you live?", 300)


def test_who_asks_about_themselves() -> None:
    assert clues_of("what's my son called?", NOW, None).is_about_asker
    assert clues_of("我儿子叫什么", NOW, None).is_about_asker
    assert not clues_of("where did we stay?", NOW, None).is_about_asker
    assert not clues_of("我们住哪", NOW, None).is_about_asker
