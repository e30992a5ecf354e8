"""What lists say of facts, and the days that the owner gives for them."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from storage.chats import Chat
from storage.errors import InputError
from storage.fact_lists import ListedFact, Standing
from storage.facts import About, Fact
from twin.dashboard.pages.fact_words import days_of, state_in, times_of, validity_in
from twin.language import Language

ZONE = ZoneInfo("Asia/Shanghai")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
NOON = 1_717_128_000_000  # 2024-05-31 12:00 there
MIDNIGHT = NOON - 12 * HOUR_MS
ENGLISH, CHINESE = Language("en"), Language("zh_CN")


def fact(since: int = NOON, until: int | None = None, **more: object) -> Fact:
    given = {"about": "owner", "for_everyone": False} | more
    about: About = given["about"]  # type: ignore[assignment]
    return Fact(
        id=1,
        chat_id=1,
        message_id=1,
        about=about,
        kind="home",
        slot="home",
        value="x",
        text="I live in X",
        said_at=NOON,
        valid_from=since,
        valid_until=until,
        state="kept",
        found_by="rules",
        replaced_by=None,
        for_everyone=bool(given["for_everyone"]),
        chats=(),
    )


def told(
    standing: Standing,
    to: int = 0,
    newer: str | None = None,
    language: Language = ENGLISH,
    **of: object,
) -> str:
    chats = [Chat(n, "matrix", str(n), f"Ann {n}", "direct", "log", None, None) for n in range(to)]
    return state_in(language, ListedFact(fact(**of), standing, None, tuple(chats), newer))  # type: ignore[arg-type]


def test_a_list_says_who_may_know_a_fact() -> None:
    assert told("proposed") == told("kept", about="friend") == ""
    assert told("kept") == "Kept, not released"
    assert told("released", for_everyone=True) == "Released for everyone"
    assert told("released", 2) == "Released for Ann 0 (Matrix), Ann 1 (Matrix)"
    assert told("released", 1000).endswith("Ann 4 (Matrix) and 995 more")
    assert told("over", newer="I live in {Y}") == "Replaced by: I live in {Y}"
    assert told("over") == "No longer true"
    assert told("released", 1, language=CHINESE) == "已公开给 Ann 0（Matrix）"


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (NOON, None, ""),
        (MIDNIGHT, None, ""),
        (NOON, MIDNIGHT + DAY_MS, "true until May 31, 2024"),
        (NOON - DAY_MS, None, "true from May 30, 2024"),
        (NOON + DAY_MS, NOON + 2 * DAY_MS, "true from Jun 1, 2024 until Jun 2, 2024"),
    ],
)
def test_a_list_says_when_a_fact_is_true(since: int, until: int | None, words: str) -> None:
    assert validity_in(ENGLISH, fact(since, until), ZONE) == words


def test_days_become_times_of_the_owner() -> None:
    dated = fact(NOON, NOON + HOUR_MS)
    assert days_of(dated, ZONE) == (date(2024, 5, 31), date(2024, 5, 31))
    assert times_of(dated, "2024-05-31", "2024-05-31", ZONE) == (NOON, NOON + HOUR_MS)
    assert times_of(dated, "2024-05-30", "2024-06-01", ZONE) == (
        MIDNIGHT - DAY_MS,
        MIDNIGHT + 2 * DAY_MS,
    )
    assert times_of(dated, "2024-05-31", "", ZONE) == (NOON, None)


@pytest.mark.parametrize("text", ["", "31.5.2024", "+012345-01-01", "9999-12-31", "0001-01-01"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not a day"):
        times_of(fact(), text, "", ZONE)
