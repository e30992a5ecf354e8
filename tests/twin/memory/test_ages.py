"""What day it is, and how long ago something was said."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from twin.memory.ages import ago, today_line

ZONE = ZoneInfo("Asia/Shanghai")


def at(local: str) -> int:
    return round(datetime.fromisoformat(local).replace(tzinfo=ZONE).timestamp() * 1000)


NOW = at("2026-11-30 00:30")


def test_today_is_that_of_the_zone() -> None:
    assert today_line(NOW, ZONE, "en") == "Today is Monday 30 November 2026."
    assert today_line(NOW, ZONE, "zh") == "今天是2026年11月30日星期一。"
    assert today_line(NOW, ZoneInfo("UTC"), "en") == "Today is Sunday 29 November 2026."


@pytest.mark.parametrize(
    ("said", "english", "chinese"),
    [
        ("2026-11-30 00:10", "today", "今天"),
        ("2026-12-24 00:10", "today", "今天"),  # a clock that was set back
        ("2026-11-29 23:50", "yesterday", "昨天"),
        ("2026-11-28 09:00", "2 days ago", "两天前"),
        ("2026-11-17 09:00", "13 days ago", "13天前"),
        ("2026-11-09 09:00", "3 weeks ago", "三周前"),
        ("2026-09-20 09:00", "2 months ago", "两个月前"),
        ("2025-01-05 09:00", "23 months ago", "23个月前"),
        ("2024-11-30 09:00", "2 years ago", "两年前"),
        ("2014-11-30 09:00", "12 years ago", "12年前"),
    ],
)
def test_how_long_ago(said: str, english: str, chinese: str) -> None:
    assert ago(at(said), NOW, ZONE, "en") == english
    assert ago(at(said), NOW, ZONE, "zh") == chinese


def test_what_was_said_in_no_calendars_years_has_an_age_too() -> None:
    assert ago(2**62, NOW, ZONE, "en") == "today"
    assert ago(-(2**62), NOW, ZONE, "en") == "2027 years ago"
    assert today_line(2**62, ZONE, "en") == "Today is Wednesday 29 December 9999."
