from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.chats import Chat, Mode
from storage.messages import Message, Origin
from twin.blind_score import BlindScore
from twin.config.schema import PolicySettings
from twin.replying.decision import Decision
from twin.replying.policy import (
    Situation,
    in_quiet_hours,
    looks_like_loop,
    may_answer,
    start_of_day,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOON = int(datetime(2026, 3, 4, 12, tzinfo=BERLIN).timestamp() * 1000)
CHAT = Chat(1, "fake", "ann", "Ann", "direct", "auto", None, None)
POLICY = PolicySettings()
HOUR = 3_600_000


def judged(chat: Chat = CHAT, now: int = NOON, **more: object) -> Decision:
    return may_answer(Situation(chat, now, **more), POLICY, BERLIN)  # type: ignore[arg-type]


def test_a_chat_that_is_switched_on_is_answered() -> None:
    assert judged() == Decision(True, "answered")


@pytest.mark.parametrize("mode", ["off", "log", "draft"])
def test_nothing_is_sent_in_any_other_mode(mode: Mode) -> None:
    decision = judged(replace(CHAT, mode=mode))
    assert not decision.allowed
    assert decision.draft == (mode == "draft")
    assert mode in decision.reason


@pytest.mark.parametrize(("until", "allowed"), [(NOON + 1, False), (NOON, True), (None, True)])
def test_a_pause_ends_by_itself(until: int | None, allowed: bool) -> None:
    assert judged(replace(CHAT, paused_until=until)).allowed == allowed
    assert judged(paused_until=until).allowed == allowed


def test_a_pause_holds_back_drafts_too() -> None:
    paused = replace(CHAT, mode="draft", paused_until=NOON + 1)
    assert judged(paused) == Decision(False, "paused")


@pytest.mark.parametrize(
    ("score", "reason"),
    [
        (None, "too few answers in the blind test of this chat: 0"),
        (BlindScore(9, 0.9, 0.5, 1), "too few answers in the blind test of this chat: 9"),
        (BlindScore(40, 0.3, 0.18, 0.45), "the blind test of this chat does not allow auto: 18%"),
        (BlindScore(10, 0.5, 0.2, 0.8), None),
    ],
)
def test_auto_may_need_the_blind_test(score: BlindScore | None, reason: str | None) -> None:
    asks = POLICY.model_copy(update={"auto_needs": 0.2})
    expected = Decision(False, reason, draft=True) if reason else Decision(True, "answered")
    assert may_answer(Situation(CHAT, NOON, blind=score), asks, BERLIN) == expected
    assert judged(blind=score).allowed  # it is not asked for
    drafts = Situation(replace(CHAT, mode="draft"), NOON, blind=score)
    assert may_answer(drafts, asks, BERLIN).reason == "mode is draft"


def test_a_group_is_answered_only_when_the_owner_is_mentioned() -> None:
    group = replace(CHAT, kind="group")
    assert not judged(group).allowed
    assert judged(group, mentioned=True).allowed


def test_the_owners_own_chat_is_never_answered() -> None:
    assert not judged(replace(CHAT, kind="self"), mentioned=True).allowed


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"sent_in_hour": 20}, "messages in this chat within an hour: 20"),
        ({"sent_in_hour": 19, "needed": 2}, "messages in this chat within an hour: 19"),
        ({"sent_in_day": 100}, "messages within a day: 100"),
        ({"is_loop": True}, "another bot"),
    ],
)
def test_limits_and_loops_are_neither_answered_nor_drafted(
    facts: dict[str, object], named: str
) -> None:
    decision = judged(**facts)  # type: ignore[arg-type]
    assert (decision.allowed, decision.draft) == (False, False)
    assert named in decision.reason


@pytest.mark.parametrize(
    ("clock", "hours", "quiet"),
    [
        ("23:29", "23:30-07:30", False),
        ("23:30", "23:30-07:30", True),
        ("03:00", "23:30-07:30", True),
        ("07:29", "23:30-07:30", True),
        ("07:30", "23:30-07:30", False),
        ("12:59", "13:00-14:00", False),
        ("13:00", "13:00-14:00", True),
        ("03:00", "", False),
        ("03:00", "03:00-03:00", False),
    ],
)
def test_quiet_hours(clock: str, hours: str, quiet: bool) -> None:
    hour, minute = map(int, clock.split(":"))
    at = int(datetime(2026, 3, 4, hour, minute, tzinfo=BERLIN).timestamp() * 1000)
    assert in_quiet_hours(at, hours, BERLIN) == quiet


def test_in_quiet_hours_a_draft_is_made() -> None:
    decision = judged(now=NOON + 13 * HOUR)
    assert (decision.allowed, decision.draft) == (False, True)
    assert "quiet hours" in decision.reason


@given(st.integers(NOON, NOON + 3 * 365 * 24 * HOUR))
def test_a_day_begins_at_midnight_of_the_zone_also_over_summer_time(now: int) -> None:
    start = start_of_day(now, BERLIN)
    assert start <= now < start + 25 * HOUR
    assert datetime.fromtimestamp(start / 1000, BERLIN).strftime("%H:%M") == "00:00"


SIDES: dict[str, Origin] = {"f": "peer", "t": "twin", "o": "owner"}


def talk(*rows: tuple[str, int, str]) -> list[Message]:
    return [
        Message(number, 1, SIDES[side], "text", text, at, None)
        for number, (side, at, text) in enumerate(rows)
    ]


def test_answers_within_seconds_again_and_again_are_a_machines() -> None:
    quick = [(side, n * 1000, f"{side}{n}") for n, side in enumerate("ft" * 6 + "f")]
    assert looks_like_loop(talk(*quick), 5)
    assert not looks_like_loop(talk(*quick[-9:]), 5)
    slow = [(side, n * 20_000, f"{side}{n}") for n, side in enumerate("ft" * 6 + "f")]
    assert not looks_like_loop(talk(*slow), 5)
    assert not looks_like_loop(talk(*quick, ("o", 99_000, "me"), ("f", 99_500, "hi")), 5)


def test_the_same_words_again_and_again_are_a_machines() -> None:
    same = [(side, n * 60_000, "I'm away" if side == "f" else f"t{n}") for n, side in
            enumerate("ft" * 4 + "f")]  # fmt: skip
    assert looks_like_loop(talk(*same), 5)
    assert not looks_like_loop(talk(*same[2:]), 5)
    # A friend who repeats themselves without being answered is just insistent.
    assert not looks_like_loop(talk(*(("f", n * 1000, "hello?") for n in range(9))), 5)
