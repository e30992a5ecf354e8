"""Find the head of a message in WhatsApp's text: its date and time, as the phone writes them."""

import re
from typing import Literal, NamedTuple, get_args

from storage.importers.calendars import ERAS, year_of_era
from storage.importers.dates import Day
from storage.importers.half_days import half_of_day

Style = Literal["iphone", "android", "old iphone"]
STYLES: tuple[Style, ...] = get_args(Style)

_YEAR = rf"(?:(?:{ERAS}) ?)?\d{{1,4}}"
# Behind the date, the name of its calendar's era: `18/3/2565 BE`.
_ERA = r"(?: ?(?:BE|พ\.ศ\.|AP|AH|هـ|г\.))?"
_DATE = rf"(?P<a>{_YEAR})(?:[./-]|\. )(?P<b>\d{{1,2}})(?:[./-]|\. )(?P<c>{_YEAR})\.?{_ERA}"
_HOUR = r"\d{1,2}(?:[:.]| ?h ?)\d{2}(?:[:.]\d{2})?"
_AFTER = r"(?:[ _]?[^\W\d_][^\d\]:–-]{0,20}?)?"
_TIME = rf"(?P<time>(?P<before>[^\]\[\d:]{{0,16}}){_HOUR}(?P<after>{_AFTER}))"
# How a head ends decides for the whole file: a line pasted from elsewhere begins no message.
_HEADS: dict[Style, tuple[re.Pattern[str], ...]] = {
    "iphone": (
        re.compile(rf"\[{_DATE}[,،၊]? {_TIME}\] ?"),
        re.compile(rf"\[{_TIME}[,،၊]? {_DATE}\] ?"),
    ),
    "android": (
        re.compile(rf"{_DATE}[,،၊]? {_TIME} [-–—−] "),
        re.compile(rf"{_TIME}[,،၊]? {_DATE} [-–—−] "),
    ),
    "old iphone": (
        re.compile(rf"{_DATE}[,،၊]? {_TIME}: "),
        re.compile(rf"{_TIME}[,،၊]? {_DATE}: "),
    ),
}
_HAS_MARK = re.compile("[\ufeff\u200e\u200f\u202a-\u202c\u202f\u00a0\u2009\u2066-\u2069]")
_MARKS = dict.fromkeys(map(ord, "\ufeff\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"))
SPACES = dict.fromkeys(map(ord, "\u202f\u00a0\u2009"), " ")


class Head(NamedTuple):
    """`rest` is what follows in the line, with its marks; `date` three numbers in their order."""

    date: Day
    time: str
    rest: str


def matches(line: str, style: Style) -> re.Match[str] | None:
    """The head of the line, if it begins a message in that style."""
    plain = line.translate(_MARKS | SPACES) if _has_mark(line) else line
    plain = plain.strip(" ")
    for head in _HEADS[style]:
        match = head.match(plain)
        # In the lines of other programs a name stands where WhatsApp has the half of the day.
        if match and half_of_day(match["before"], match["after"]) is not None:
            return match
    return None


def head_of(line: str, style: Style) -> Head | None:
    match = matches(line, style)
    if match is None:
        return None
    date = (year_of_era(match["a"]), int(match["b"]), year_of_era(match["c"]))
    return Head(date, match["time"], _behind(line, match.end()))


def _has_mark(line: str) -> bool:
    return not line.isascii() and _HAS_MARK.search(line) is not None


def _behind(line: str, head: int) -> str:
    """What follows the head, which has so many signs that are no marks."""
    if not _has_mark(line):
        return line.strip(" ")[head:]
    left = head
    for at, sign in enumerate(line):
        left -= ord(sign) not in _MARKS and not (left == head and sign in " \u202f\u00a0")
        if left == 0:
            return line[at + 1 :]
    return ""
