"""Days in English chat text: "next tuesday", "the 5th", "in two weeks", "tmrw"."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from twin.memory.dates.days import (
    Days,
    EdgeOfMonth,
    Meaning,
    Moment,
    NoDay,
    date_of,
    day_of_month,
    days_from,
    month_of,
    nearest_date,
    nearest_day_of_month,
    nearest_month,
    nearest_weekday,
    one_day,
    part_of_month,
    week_of,
    weekday_in,
    weekend_of,
    year_of,
)
from twin.memory.dates.english_hours import ENDS, NUMBERS, PART, PARTS, number
from twin.memory.dates.rules import Means, Rule, Said, rule

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WHICH = {"last": -1, "this": 0, "the": 0, "next": 1}

_COUNT = rf"(?P<n>\d{{1,3}}|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
_UNIT = r"(?P<unit>day|week|month|year)s?"
_WEEKDAY = r"(?P<day>(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
_SHORT = r"(?P<day>mon|tues?|weds?|thu(?:rs?)?|fri|sat|sun)"
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_HAN = re.compile("[一-鿿]")
_YEAR = r"(?:,? (?P<year>(?:19|20)\d\d)\b)?"
_TOMORROW = r"tom+or+ow|tmrw?|tmw|tomoz|2mor+ow?|2moz"


def _later(said: Said, number: int, unit: str) -> Days:
    if unit == "day":
        return days_from(said.today, number)
    if unit == "week":
        return week_of(said.today, number)
    return month_of(said.today, number) if unit == "month" else year_of(said.today, number)


def _counted(sign: int) -> Means:
    def means(match: re.Match[str], said: Said) -> Meaning | None:
        count, unit = number(match["n"]), match["unit"].rstrip("s")
        if unit in ("day", "week", "month", "year"):
            if count == 0.5:
                return _later(said, 6 * sign, "month") if unit == "year" else None
            return _later(said, sign * int(count), unit)
        minutes = count * (60 if unit.startswith("h") else 1)
        return Moment(sign * timedelta(minutes=minutes))

    return means


def _weekday(match: re.Match[str], said: Said) -> Meaning:
    weekday = _WEEKDAYS.index(match["day"][:3])
    groups = match.groupdict()
    which, week = groups.get("which"), groups.get("week")
    if which == "next" or week:
        return weekday_in(said.today, weekday, 1)
    if which == "this" and weekday == said.today.weekday():
        return one_day(said.today)
    back = which == "last" or (said.back and which is None)
    return nearest_weekday(said.today, weekday, back=back)


def _which(match: re.Match[str], said: Said) -> Meaning:
    number = _WHICH[match["which"]]
    if match["unit"] == "weekend":
        return weekend_of(said.today, -1 if said.back and match["which"] == "the" else number)
    return _later(said, number, match["unit"])


def _month_day(match: re.Match[str], said: Said) -> Meaning | None:
    month, number = _MONTHS.index(match["month"][:3]) + 1, int(match["d"])
    if match["year"]:
        return date_of(int(match["year"]), month, number)
    return nearest_date(said.today, month, number, back=said.back)


def _month(match: re.Match[str], said: Said) -> Meaning:
    month = _MONTHS.index(match["month"][:3]) + 1
    if match["year"]:
        return month_of(date(int(match["year"]), month, 1))
    return nearest_month(said.today, month, back=said.back or match["which"] == "last")


def _day_number(match: re.Match[str], said: Said) -> Meaning | None:
    if match["of"]:
        return day_of_month(month_of(said.today, _WHICH[match["of"]]), int(match["d"]))
    return nearest_day_of_month(said.today, int(match["d"]), back=said.back)


def _edge(match: re.Match[str], said: Said) -> Meaning:
    """The end, or the beginning, of a week, month or year."""
    number = _WHICH[match["which"]]
    if match["unit"] == "week":
        first = weekday_in(said.today, 4 if match["edge"] == "end" else 0, number).first
        return Days(first, first + timedelta(days=2), "day")
    if match["unit"] == "month":
        part: EdgeOfMonth = "end" if match["edge"] == "end" else "begin"
        return part_of_month(month_of(said.today, number), part)
    return month_of(date(said.today.year + number, 12 if match["edge"] == "end" else 1, 1))


def _today(number: int) -> Means:
    def means(match: re.Match[str], said: Said) -> Sequence[Meaning]:
        part = match.groupdict().get("part")
        day = days_from(said.today, number)
        return (day, PARTS[part]) if part else (day,)

    return means


def _weeks_from(match: re.Match[str], said: Said) -> Meaning:
    word, weeks = match["from"], int(number(match["n"]))
    if word in ("today", "tomorrow"):
        return days_from(said.today, 7 * weeks + (word == "tomorrow"))
    first = nearest_weekday(said.today, _WEEKDAYS.index(word[:3]), back=False).first
    return days_from(first, 7 * weeks)


def _iso(match: re.Match[str], _said: Said) -> Meaning | None:
    return date_of(int(match["y"]), int(match["m"]), int(match["d"]))


def _in_year(match: re.Match[str], _said: Said) -> Meaning:
    return year_of(date(int(match["y"]), 1, 1))


def _holiday(month: int, number: int) -> Means:
    return lambda _match, said: nearest_date(said.today, month, number, back=said.back)


def _slashed(match: re.Match[str], said: Said) -> Meaning | None:
    """4/13 and 13/4 are 13 April, 3/8 a Chinese 8 March; of others nobody knows the order."""
    one, two = int(match["one"]), int(match["two"])
    if two > 12 >= one or one == two or _HAN.search(match.string):
        return nearest_date(said.today, one, two, back=said.back)
    return nearest_date(said.today, two, one, back=said.back) if one > 12 >= two else NoDay()


_AGAIN = r"(?:every|each|most|some|any|all|per) (?:other |first |second |last )?"
_HOURS = r"h(?:ou)?rs?(?! (?:position|department|role|job|team))"  # the department of people
_UNITS = rf"(?P<unit>{_HOURS}|min(?:ute)?s?|days?|weeks?|months?|years?)"
_ABOUT = r"(?:about |around |like |roughly )?"
_NAMED_DAY = r"(?:today|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"

RULES: tuple[Rule, ...] = (
    # what comes again and again, and what is no time: "good night", "movie night"
    rule(rf"\b{_AGAIN}(?:{_WEEKDAY}|{PART}|day|week|weekend|month|year)\b", NoDay()),
    rule(
        r"\b(?:mon|tues)(?:day)? ?(?:-|to|till?|through) ?(?:thu(?:rs)?|fri|sun)(?:day)?\b", NoDay()
    ),
    rule(rf"\b(?:one|good) (?:day|{PART})\b", None),
    rule(r"\b(?:movie|game|date|girls|quiz|opening|wedding) night\b", None),
    rule(r"\b(?:merry|happy) (?:new year|xmas|[a-z]+)(?:'?s)?(?: eve| day)?\b", None),
    # days
    rule(r"\bday after (?:tomorrow|tmrw?)\b", _today(2)),
    rule(r"\bday before yesterday\b", _today(-2)),
    rule(r"\b(?:to|2)(?P<part>night|nite)\b", _today(0)),
    rule(rf"\bthis {PART}\b", _today(0)),
    rule(r"\b(?:today|2day)\b", _today(0)),
    rule(rf"\blast {PART}\b", _today(-1)),
    rule(r"\byesterday\b", _today(-1)),
    rule(rf"\b{_COUNT} weeks? (?:from|after) (?P<from>{_NAMED_DAY})\b", _weeks_from),
    rule(rf"\b(?:{_TOMORROW})\b", _today(1)),
    rule(r"\b(?P<y>(?:19|20)\d\d)[-/.](?P<m>[01]?\d)[-/.](?P<d>[0-3]?\d)\b(?![-/.\d])", _iso),
    rule(r"(?<![\d/.:])(?!24/7)(?P<one>[0-3]?\d)/(?P<two>[0-3]?\d)(?![\d/.:%])", _slashed),
    rule(
        rf"\b{_MONTH}\.? (?:the )?(?P<d>[0-3]?\d)(?:st|nd|rd|th)?\b(?![:%]| ?[ap]m){_YEAR}",
        _month_day,
    ),
    rule(rf"\b(?P<d>[0-3]?\d)(?:st|nd|rd|th)? (?:of )?{_MONTH}\b{_YEAR}", _month_day),
    rule(
        r"\bthe (?P<d>[0-3]?\d)(?:st|nd|rd|th)"
        rf"(?: of (?P<of>this|next|last) month\b|{ENDS})",
        _day_number,
    ),
    rule(rf"\b(?:(?P<which>next|this|last)|on|by|till?) {_SHORT}\b(?P<week> next week)?", _weekday),
    rule(rf"\b(?:(?P<which>next|this|last) )?{_WEEKDAY}\b(?P<week> next week)?", _weekday),
    rule(rf"\b(?P<week>next week) (?:on )?{_WEEKDAY}\b", _weekday),
    rule(rf"\b{_SHORT}(?= (?:{PART}|at|\d\d?(?::\d\d)? ?[ap]m|\d\d?:\d\d)\b)", _weekday),
    rule(r"\b(?P<day>mon|tues?|wed|thurs?|fri)(?=\W*$)", _weekday),
    rule(
        r"\b(?P<edge>end|start|beginning) of (?P<which>the|this|next) (?P<unit>week|month|year)\b",
        _edge,
    ),
    rule(r"\b(?P<which>this|next|last|the) (?P<unit>weekend)\b", _which),
    rule(r"\bthe week after next\b", lambda _match, said: week_of(said.today, 2)),
    rule(rf"\b(?P<which>this|next|last) {_UNIT}\b", _which),
    rule(rf"\b{_COUNT} {_UNITS} ago\b", _counted(-1)),
    rule(rf"\bin {_ABOUT}{_COUNT} ?{_UNITS}\b", _counted(1)),
    rule(rf"\b{_COUNT} {_UNITS} from now\b", _counted(1)),
    rule(
        rf"\b(?:in|since|during|until|till|by|from|(?P<which>last|next|this)) {_MONTH}\b{_YEAR}",
        _month,
    ),
    rule(rf"\b{_MONTH} (?P<year>(?:19|20)\d\d)\b(?P<which>)", _month),
    rule(r"\b(?:in|since|during|until) (?P<y>(?:19|20)\d\d)\b(?! ?[a-z$%])", _in_year),
    rule(r"\b(?:christmas|xmas) eve\b", _holiday(12, 24)),
    rule(rf"\b(?:christmas|xmas)(?: day\b|{ENDS})", _holiday(12, 25)),
    rule(r"\b(?:new year'?s eve|nye)\b", _holiday(12, 31)),
    rule(r"\bnew year'?s(?: day)?\b", _holiday(1, 1)),
    rule(r"\bvalentine'?s(?: day)?\b", _holiday(2, 14)),
    rule(r"\bhalloween\b", _holiday(10, 31)),
)
