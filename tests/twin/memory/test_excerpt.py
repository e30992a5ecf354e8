import pytest

from twin.memory.excerpt import MOST_CHARS, excerpt
from twin.memory.words import words_of

LONG = "and then we sat there all evening and talked about everything and nothing at all " * 2
TALE = "那天晚上我们一直坐在那里聊了很多很多有的没的" * 6


def shown(text: str, asked: str = "which boat sank?") -> str:
    return excerpt(text, words_of(asked))


def test_what_fits_is_shown_whole() -> None:
    assert shown("well, the boat sank") == "well, the boat sank"


@pytest.mark.parametrize(
    ("said", "asked", "seen"),
    [
        (f"{LONG}, the boat sank off Malta", "which boat sank?", "the boat sank off Malta"),
        (f"well. {LONG}! the boat sank", "which boat sank?", "the boat sank"),
        (f"{TALE}，船在马耳他沉了", "船沉了吗？", "船在马耳他沉了"),
    ],
)
def test_it_begins_at_the_clause_that_has_the_words(said: str, asked: str, seen: str) -> None:
    assert shown(said, asked) == seen


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (f"{LONG}the boat sank off Malta {LONG}", "which boat?"),
        (f"{TALE}船在Malta沉了{TALE}", "船呢"),
    ],
)
def test_a_clause_longer_than_a_line_is_cut_before_the_words(said: str, asked: str) -> None:
    assert "Malta" in shown(said, asked)
    assert len(shown(said, asked)) <= MOST_CHARS


@pytest.mark.parametrize("text", [f"the boat sank. {LONG}the boat", f"no car, {LONG}"])
def test_the_beginning_stays_where_it_says_as_much(text: str) -> None:
    assert shown(text).startswith(text[:60])


def test_a_value_is_not_cut_at_its_beginning() -> None:
    url = f"https://example.org/boat/{'a,b:c.' * 40}"
    assert shown(f"{LONG}{url}", "which boat?").endswith("…")
    assert "https" in shown(f"{LONG}{url}", "which boat?")
