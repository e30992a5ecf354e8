"""Read times as exports write them.

Where a file leaves the order of day and month open, its own dates decide: a part over 12, and that
messages follow each other.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal, get_args

from storage.importers.calendars import ERAS, common_day
from storage.importers.half_days import half_of_day, hour_of_day
from storage.importers.record_fields import BadRow, in_range, shown
from storage.texts import Text

Order = Literal["dmy", "mdy", "ymd"]
ORDERS: tuple[Order, ...] = get_args(Order)

_EPOCH, _MILLISECOND = datetime.fromtimestamp(0, UTC), timedelta(milliseconds=1)
_TIME = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?"
)
# Canada's French writes `19 h 02`.
_CLOCK = re.compile(
    r"(?P<before>\D{0,24}?)(?P<hour>\d{1,2})(?:[:.]| ?h ?)(?P<minute>\d{2})"
    r"(?:[:.](?P<second>\d{2}))?(?P<after>\D*)"
)
_SECOND = re.compile(r"(?<!\d)\d{1,2}[:.]\d{1,2}[:.]\d{1,2}(?!\d)")
_YEAR = rf"(?:(?:{ERAS}) ?)?\d{{1,4}}"
_DATE = (
    r"(?:[^\W\d_]{2,9}\.?, ?|[จอพศส][ฤา]?\. )?"
    rf"{_YEAR}(?:[./-]|\. )\d{{1,2}}(?:[./-]|\. ){_YEAR}(?!\d)"
)
_HOUR = r"\d{1,2}(?:[:.]| ?h ?)\d{2}"
# How messages begin in WhatsApp, QQ and MemoTrace; in WhatsApp with the time first; in iMessage; in
# LINE, whose days have lines of their own.
_BEGINS_DATED = re.compile(
    rf"\W{{0,3}}{_DATE}\D{{1,24}}{_HOUR}"
    rf"|\W{{0,3}}[^\W\d_]{{0,12}} ?{_HOUR}(?:[:.]\d{{2}})?(?: ?[^\W\d_][^\d\n\t]{{0,14}})?[,،]? "
    rf"{_DATE}(?:\]|:| [-–—]) "
    r"|[A-Z][a-z]{2} \d{1,2}, \d{4} +\d{1,2}:\d{2}"
    r"|(?:[^\W\d_]{2} ?)?\d{1,2}:\d{2}(?: ?[APap][Mm])?\t"
    rf"|{_DATE}\.?(?: ?[(（][^()（）]{{1,9}}[)）]| [^\W\d_]{{2,12}})?$"
)
_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff"))
_FIRST_LINES = 40
_REMEMBERED = 4096  # dates and times of day: those of messages beside each other repeat
_NEXT_YEAR = datetime.now(UTC).year + 1
Day = tuple[int, int, int]


def local_time_ms(text: str) -> int:
    """UTC milliseconds of `2024-10-04 11:43:05` or `2024/10/4 11:43` in this computer's time zone.

    Raises BadRow for anything else.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise BadRow(Text("time {value} is not a date and time", value=shown(text)))
    year, month, day, hour, minute, second = map(int, match.groups("0"))
    return local_ms((year, month, day), (hour, minute, second))


def local_ms(day: Day, clock: Day) -> int:
    """UTC milliseconds of a year, month, day, hour, minute and second in this computer's zone."""
    try:
        milliseconds = int(datetime(*day, *clock).astimezone().timestamp()) * 1000
    except (ValueError, OverflowError, OSError):
        milliseconds = 0
    if not in_range(milliseconds):
        written = "-".join(map(str, day)) + " " + ":".join(map(str, clock))
        raise BadRow(Text("time {value} is not a date and time", value=shown(written)))
    return milliseconds


def zoned_ms(text: str) -> int:
    """UTC milliseconds of RFC 3339, such as `2024-10-04T11:43:05.12+08:00`."""
    try:
        moment = datetime.fromisoformat(text.strip())
        milliseconds = (moment.astimezone(UTC) - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError, OSError):
        milliseconds = 0
    if not in_range(milliseconds):
        raise BadRow(Text("time {value} is not a date and time", value=shown(text)))
    return milliseconds


def first_dated_line(head: str) -> str:
    """The first line that begins with a date, where a text export's messages begin; "" for none."""
    lines = (line.lstrip("\ufeff").strip() for line in head.splitlines()[:_FIRST_LINES])
    return next((line for line in lines if _BEGINS_DATED.match(line.translate(_MARKS))), "")


def to_the_minute(time: str) -> bool:
    """Whether a time of day, also one behind a date that begins with its year, has no second."""
    return _SECOND.search(time) is None


@lru_cache(_REMEMBERED)
def clock(text: str) -> Day:
    """Hour, minute and second of `2:09 PM`, `14.05.33`, `下午2:09` or `9:41 p. m.`."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise BadRow(Text("time {value} is not a time of day", value=shown(text)))
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    half = half_of_day(match["before"], match["after"])
    if half is None:
        raise BadRow(Text("time {value} is not a time of day", value=shown(text)))
    return hour_of_day(hour, half), minute, second


class DateOrder:
    """Finds out which of three numbers is the day: `see` every date of the file, then `decide`.

    `either_way`: the file may as well begin with the newest message.
    """

    def __init__(self, known: Order | None = None, *, either_way: bool = False) -> None:
        self.known = known
        self._either_way = either_way
        self._misfits = dict.fromkeys(ORDERS, 0)
        self._backwards = dict.fromkeys(ORDERS, 0)
        self._forwards = dict.fromkeys(ORDERS, 0)
        self._last: dict[Order, Day] = {}
        self._parts: Day | None = None
        self._turns = [0, 0, 0]  # how often each of the three numbers has changed

    def see(self, parts: Day, weekday: int | None = None) -> None:
        """`weekday` where one stands beside the date, from 0 for Monday."""
        if parts[0] > 99:
            return  # the year stands first, and after it the month
        for at, part in enumerate(self._parts or parts):
            self._turns[at] += part != parts[at]
        self._parts = parts
        for order in ORDERS:
            day = ordered(parts, order)
            if day is None or weekday not in (None, date(*day).weekday()):
                self._misfits[order] += 1
            else:
                self._backwards[order] += day < self._last.get(order, day)
                self._forwards[order] += day > self._last.get(order, day)
                self._last[order] = day

    def decide(self) -> tuple[Order, Text | None]:
        """The order, and what had to be assumed for it: None where the dates leave no doubt."""
        if self.known:
            return self.known, None
        ranked = sorted(ORDERS, key=self._rank)
        best = ranked[0]
        equal = [order for order in ORDERS if self._rank(order) == self._rank(best)]
        if len(equal) < 2 or not self._last:
            return best, None
        return best, Text(
            "dates could be {orders}: {assumed} was assumed; --dates settles it",
            orders=" / ".join(equal),
            assumed=best,
        )

    def _rank(self, order: Order) -> tuple[bool, int, int]:
        against = self._backwards[order]
        if self._either_way:
            against = min(against, self._forwards[order])
        # Nearly any date could begin with a year of two digits, and few do: years change least.
        is_rash = order == "ymd" and self._turns[0] >= self._turns[2]
        return is_rash, self._misfits[order], against


@lru_cache(_REMEMBERED)
def ordered(parts: Day, order: Order) -> Day | None:
    """Year, month and day of the three numbers, or None where they are no date in that order."""
    if parts[0] > 99:
        order = "ymd"
    at = {sign: parts[order.index(sign)] for sign in "ymd"}
    common = common_day(_year_of_four_digits(at["y"]), at["m"], at["d"])
    try:
        return common if common and 1990 <= date(*common).year < 2100 else None
    except (ValueError, OverflowError):
        return None


def _year_of_four_digits(year: int) -> int:
    """Nobody has messages of years to come: 68 is 2568 in Thailand."""
    if year < 100:
        return year + 2000 if year + 2000 <= _NEXT_YEAR else year + 2500
    return year + 1911 if year < 200 else year
