"""Days, parts of a day and times as words name them, counted from the day of the message."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

EdgeOfMonth = Literal["begin", "middle", "end"]
Precision = Literal["time", "part", "day", "week", "month", "year"]


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` to before `after`."""

    first: date
    after: date
    precision: Precision


@dataclass(frozen=True, slots=True)
class Part:
    """Hours of a day, as in "evening". `alone`: which one is meant where no day is named."""

    begins: int
    ends: int
    alone: Literal["", "today", "next"] = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as it was said; `exact` where 3 can't be 15. `until` ends a range: (5, 30)."""

    hour: int
    minute: int = 0
    exact: bool = False
    until: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that is counted from now, as in "in 20 minutes"; before it with a minus."""

    after: timedelta


@dataclass(frozen=True, slots=True)
class NoDay:
    """Days that can't be told, as "every day" or "on 4/5", and take their times along."""


Meaning = Days | Part | Clock | Moment | NoDay


def one_day(day: date) -> Days:
    return Days(day, day + timedelta(days=1), "day")


def days_from(day: date, number: int) -> Days:
    return one_day(day + timedelta(days=number))


def week_of(day: date, number: int = 0) -> Days:
    """The week, from Monday on, that many weeks later."""
    monday = day + timedelta(days=7 * number - day.weekday())
    return Days(monday, monday + timedelta(days=7), "week")


def weekend_of(day: date, number: int = 0) -> Days:
    monday = week_of(day, number).first
    return Days(monday + timedelta(days=5), monday + timedelta(days=7), "day")


def weekday_in(day: date, weekday: int, number: int) -> Days:
    """The weekday (Monday is 0) of the week that many weeks later."""
    return days_from(week_of(day, number).first, weekday)


def nearest_weekday(day: date, weekday: int, *, back: bool) -> Days:
    """The next such weekday after the day, or the last one before it."""
    ahead = (weekday - day.weekday() - 1) % 7 + 1
    return days_from(day, ahead - 7 if back and ahead < 7 else -7 if back else ahead)


def month_of(day: date, number: int = 0) -> Days:
    """The month that many months later."""
    return Days(_first(day, number), _first(day, number + 1), "month")


def _first(day: date, months: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, 1)


def year_of(day: date, number: int = 0) -> Days:
    return Days(date(day.year + number, 1, 1), date(day.year + number + 1, 1, 1), "year")


def part_of_month(month: Days, part: EdgeOfMonth) -> Days:
    """Its first ten days, the ten in the middle, or the last week."""
    first, after = month.first, month.after
    if part == "begin":
        return Days(first, first + timedelta(days=10), "month")
    if part == "middle":
        return Days(first + timedelta(days=10), first + timedelta(days=20), "month")
    return Days(after - timedelta(days=7), after, "month")


def day_of_month(month: Days, number: int) -> Days | None:
    """None where the month has no such day."""
    day = month.first + timedelta(days=number - 1)
    return one_day(day) if number > 0 and day < month.after else None


def nearest_day_of_month(day: date, number: int, *, back: bool) -> Days | None:
    """The next such day from today on, or the last one up to today."""
    for months in range(12):
        found = day_of_month(month_of(day, -months if back else months), number)
        if found and (found.first <= day if back else found.first >= day):
            return found
    return None


def nearest_date(day: date, month: int, number: int, *, back: bool) -> Days | None:
    """The next day with that month and number from today on, or the last one up to today."""
    for years in range(9):  # 29 February
        year = day.year + (-years if back else years)
        found = date_of(year, month, number)
        if found and (found.first <= day if back else found.first >= day):
            return found
    return None


def nearest_month(day: date, month: int, *, back: bool) -> Days:
    """The next such month, this one included, or the last one."""
    ahead = (month - day.month) % 12
    return month_of(day, ahead - 12 if back and ahead else ahead)


def date_of(year: int, month: int, number: int) -> Days | None:
    try:
        return one_day(date(year, month, number))
    except ValueError:
        return None
