"""Read the times of a table whose way of writing them is not known beforehand."""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from storage.importers.dates import (
    DateOrder,
    Day,
    Order,
    clock,
    local_ms,
    ordered,
    to_the_minute,
    zoned_ms,
)
from storage.importers.record_fields import BadRow, in_range, shown
from storage.texts import Text

READ = (
    "2024-10-04 11:43:05, with a zone or without, 4/10/2024 11:43, 4 Oct 2024 11:43, "
    "seconds since 1970"
)

_LONGEST = 64
_EPOCH = re.compile(r"\d{9,19}(?:\.\d{0,9})?")
_PER_SECOND = (1, 10**3, 10**6, 10**9)  # no number is a likely time in two of them
_DATED = re.compile(
    r"(\d{1,4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,4})\.?日?[T,\s]*+(\d.*|[^\W\d_].*)"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = re.compile(
    r"(?:[a-z]{3,9},? )?(?:([a-z]{3,9})\.? (\d{1,2})|(\d{1,2}) ([a-z]{3,9})\.?),? (\d{4})"
    r"[,\s]*+(\d.*)",
    re.IGNORECASE | re.ASCII,
)
_ZONE = re.compile(r"(?:Z|UTC|GMT)$|(?<=[\d ])([+-]\d\d):?(\d\d)$")
_FRACTION = re.compile(r"(:\d\d)[.,]\d+")


class ColumnTimes:
    """`see` every time of the file, then `decide`; `read` one. `local`: some named no zone."""

    def __init__(self, order: Order | None) -> None:
        self.local = False
        self.read_some = False
        self._dates = DateOrder(order, either_way=True)
        self._order: Order = "ymd"

    def see(self, text: str) -> None:
        parts = _parts(text)
        if parts is not None:
            self._dates.see(parts[0])
        self.read_some = self.read_some or parts is not None or _exact_ms(text) is not None

    def decide(self) -> Text | None:
        """What had to be assumed of the order of day and month, if anything."""
        self._order, assumed = self._dates.decide()
        return assumed

    def read(self, text: str) -> tuple[int, bool]:
        """(UTC milliseconds, whether the time has no second). Raises BadRow."""
        exact = _exact_ms(text)
        if exact is not None:
            return exact, False
        parts = _parts(text)
        day = ordered(parts[0], self._order) if parts else None
        if parts is None or day is None:
            raise BadRow(Text("time {value} is not a date and time", value=shown(text)))
        self.local = True
        return local_ms(day, clock(parts[1])), to_the_minute(parts[1])


def _exact_ms(text: str) -> int | None:
    """Of a number since 1970 or a time with a zone, which say all."""
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    if _EPOCH.fullmatch(text):
        whole, _, fraction = text.partition(".")
        found = (
            (int(whole) * 1000 + (int(f"{fraction[:3]:0<3}") if unit == 1 else 0)) // unit
            for unit in _PER_SECOND
        )
        return next((moment for moment in found if in_range(moment)), None)
    zone = _ZONE.search(text)
    if zone is None:
        return None
    hours = f"{zone[1]}:{zone[2]}" if zone[1] else "+00:00"
    plain = text[: zone.start()].strip()
    try:
        datetime.fromisoformat(plain)
        return zoned_ms(plain + hours) if ":" in plain else None
    except ValueError:
        return _mail_ms(text)


def _mail_ms(text: str) -> int | None:
    """Of RFC 2822: `Fri, 04 Oct 2024 11:43:05 +0800`."""
    try:
        return zoned_ms(parsedate_to_datetime(text).isoformat())
    except (ValueError, TypeError, IndexError):
        return None


def _parts(text: str) -> tuple[Day, str] | None:
    """The three numbers of the date, and the time of day as it stands."""
    text = text.strip()
    match = _DATED.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return _named_parts(text)
    day = int(match[1]), int(match[2]), int(match[3])
    return day, _FRACTION.sub(r"\1", match[4], count=1)


def _named_parts(text: str) -> tuple[Day, str] | None:
    """Where the month is an English word, which leaves no doubt about the day."""
    match = _NAMED.fullmatch(text) if len(text) <= _LONGEST else None
    month = (match[1] or match[4])[:3].lower() if match else ""
    if match is None or month not in _MONTHS:
        return None
    day = int(match[5]), _MONTHS.index(month) + 1, int(match[2] or match[3])
    return day, match[6]
