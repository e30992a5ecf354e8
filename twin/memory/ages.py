"""Say what day it is and how long ago something was said, as a prompt does."""

from datetime import date, tzinfo
from typing import Literal

from twin.clock import local_day

PromptLanguage = Literal["en", "zh"]

_WEEK, _MONTH, _YEAR = 7, 30, 365  # days; of two units the smaller one up to twice the larger
_EN = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_NUMERALS = "一二三四五六日"


def day_name(day: date, language: PromptLanguage, *, with_year: bool = True) -> str:
    """ "Monday 30 November 2026", 2026年11月30日星期一: the same on every system."""
    name = date_name(day, language, with_year=with_year)
    if language == "zh":
        return f"{name}星期{_NUMERALS[day.weekday()]}"
    return f"{_EN[day.weekday()]} {name}"


def date_name(day: date, language: PromptLanguage, *, with_year: bool = True) -> str:
    """The day without its weekday."""
    if language == "zh":
        return f"{day.year}年" * with_year + f"{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]}" + f" {day.year}" * with_year


def today_line(at: int, zone: tzinfo, language: PromptLanguage) -> str:
    """Which day it is at that time (UTC milliseconds)."""
    day = day_name(local_day(at, zone), language)
    return f"今天是{day}。" if language == "zh" else f"Today is {day}."


def ago(said_at: int, at: int, zone: tzinfo, language: PromptLanguage) -> str:
    """How long before `at` it was said, in days or more, both in UTC milliseconds."""
    days = max(0, (local_day(at, zone) - local_day(said_at, zone)).days)
    if days < 2:
        return (("今天", "昨天") if language == "zh" else ("today", "yesterday"))[days]
    for length, unit, word in (
        (_YEAR, "year", "年"),
        (_MONTH, "month", "个月"),
        (_WEEK, "week", "周"),
    ):
        if days >= 2 * length:
            return _counted(days // length, unit, word, language)
    return _counted(days, "day", "天", language)


def _counted(number: int, unit: str, word: str, language: PromptLanguage) -> str:
    if language == "en":
        return f"{number} {unit}s ago"
    said = "两三四五六七八九十"[number - 2] if number <= 10 else str(number)
    return f"{said}{word}前"
