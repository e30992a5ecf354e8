"""Find the days and times that a chat message names, in English and Chinese.

By rules of our own: dateparser, parsedatetime and ctparse read a third to a half of such phrases
right, jionlp two thirds of the Chinese ones (docs/memory.md).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from twin.memory.dates import chinese, english, english_hours
from twin.memory.dates.days import Clock, Days, Meaning, Moment, NoDay, Part, Precision
from twin.memory.dates.hours import times_of
from twin.memory.dates.rules import Found, Said, found_by
from twin.privacy.normalize import normalize

_MS, _HOUR_MS = timedelta(milliseconds=1), 3_600_000
_IN_A_DAY = ("time", "part", "day")
_LOOKED_AT = 1000  # characters of a text, its first
_TOGETHER = 40  # characters between a day and the time of that day
_BESIDE = 4  # between a day and its evening
_ENGLISH = (*english.RULES, *english_hours.RULES)
_RULES = (*_ENGLISH, *chinese.RULES)
_HAN = re.compile("[一-鿿]")
_SMALL = {ord(capital): capital.lower() for capital in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
# Hardly any message names a time: those that can't are told by this alone.
_MAY_NAME = re.compile(
    r"[0-9０-９点點天号號周週末月年晚早午晨夜夕后後前昨日]|day|night|nite|morn|noon|evening|tom+or"
    r"|\bt(?:mr|mw|omoz)|2mo|week|month|year|hour|\bago\b|\bin (?:an?|half)\b|o'?clock"
    r"|\b(?:at|by|in|around|till?|until|after|before|from|past|to|say|about|it|do|half|or) "
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b"
    r"|\b(?:mon|tues?|weds?|thu|thurs?|fri|sat|sun|jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov"
    r"|dec|january|february|march|april|august|september|october|november|december)\b"
    r"|mas\b|nye|halloween|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) ?ish"
    r"|元旦|劳动|五一|国庆|國慶|节|節|跨年|圣诞|聖誕|小时|小時|分钟|分鐘|钟头|鐘頭|星期|礼拜|禮拜"
)
_BACK = re.compile(
    r"\b(?:was|were|went|had|did|came|saw|met|ate|left|bought|broke|lost|won|happened|started"
    r"|finished|graduated|arrived|quit|watched|played|visited|born|moved|got married|since)\b|了|过"
)
_AHEAD = re.compile(
    r"\b(?:will|gonna|going to|shall|let'?s|can|could|want|wanna|would|should|next"
    r"|was (?:thinking|hoping|wondering)|(?:been|got|is|was) moved to|till|until)\b"
    r"|'ll\b|\?|吗|吧|呢|要|想|打算|准备"
)
_NUMBER_ALONE = re.compile(
    r"(?:^|[,.!?;~]\s?|\bor |还是)(?:(?:ok(?:ay)?|maybe|um|hmm?|那|要不|就)\W{0,3})?"
    r"(?P<h>[01]?\d|2[0-3])(?:[:.点](?P<m>[0-5]\d)?)?(?: ?(?:-|to|til+) ?(?P<h2>[01]?\d|2[0-3]))?"
    r"(?:ish| then| works?| is (?:fine|good|ok)|吧|见|呢|行){0,2}\W{0,5}$"
)


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` to before `until` in UTC milliseconds, as exactly as `precision` says.

    `words`: where in the text it is said.
    """

    since: int
    until: int
    precision: Precision
    words: tuple[tuple[int, int], ...]


class _Time(NamedTuple):
    """In the sender's zone."""

    begins: datetime
    ends: datetime
    precision: Precision


def find_times(
    text: str, said_at: int, zone: tzinfo | None, *, about: Span | None = None, doing: str = ""
) -> list[Span]:
    """The days and times that a text names, in its order.

    `said_at` in UTC milliseconds; `zone` is the owner's, this machine's without one. `about` is the
    time that is talked about: its day is meant where the text names a time of day alone, "7?" is
    one then, and 7 is nearest to it. `doing`: what is planned; a dinner at 8 is in the evening.
    Near the ends of the calendar and beyond them no time is meant.
    """
    text = text[:_LOOKED_AT]
    if not _MAY_NAME.search(text.lower()):
        return []
    try:
        return _times_in(text, said_at, zone, about, doing)
    except (OverflowError, ValueError):  # a day of it is in no calendar
        return []


def _times_in(
    text: str, said_at: int, zone: tzinfo | None, about: Span | None, doing: str
) -> list[Span]:
    read = normalize(text)
    line = read.text.translate(_SMALL)
    at = datetime.fromtimestamp(said_at / 1000, tz=zone).replace(tzinfo=None)
    said = Said(at, bool(_BACK.search(line)) and not _AHEAD.search(line))
    latest = _local(about, zone) if about else None
    spans: list[Span] = []
    found = found_by(_RULES if _HAN.search(line) else _ENGLISH, line, said)
    for named in _grouped(found or _number_alone(line, about), line):
        words = tuple(read.original(*where) for where in named.words)
        if named.moment:
            since = said_at + named.moment.after // _MS
            spans.append(Span(since, since + _HOUR_MS, "time", words))
        elif meant := named.resolved(said, f"{line}\n{doing}", latest):
            latest = meant if meant.precision in _IN_A_DAY else latest
            since, until = (_ms(local, zone) for local in (meant.begins, meant.ends))
            spans.append(Span(since, until, meant.precision, words))
    return spans


def _ms(local: datetime, zone: tzinfo | None) -> int:
    return round(local.replace(tzinfo=zone).timestamp() * 1000)


def _local(span: Span, zone: tzinfo | None) -> _Time | None:
    """None for weeks and more."""
    if span.precision not in _IN_A_DAY:
        return None
    since, until = (datetime.fromtimestamp(at / 1000, tz=zone) for at in (span.since, span.until))
    return _Time(since.replace(tzinfo=None), until.replace(tzinfo=None), span.precision)


def _number_alone(line: str, about: Span | None) -> list[Found]:
    match = _NUMBER_ALONE.search(line) if about else None
    if match is None:
        return []
    until = (int(match["h2"]), 0) if match["h2"] else None
    clock = Clock(int(match["h"]), int(match["m"] or 0), until=until)
    return [Found(match.start("h"), match.end("h2" if until else "h"), (clock,))]


@dataclass(slots=True)
class _Named:
    """Words that name one time together: "friday" and "at 7"."""

    words: list[tuple[int, int]] = field(default_factory=list)
    days: Days | NoDay | None = None
    part: Part | None = None
    clock: Clock | None = None
    moment: Moment | None = None

    def belongs(self, found: Found, line: str) -> bool:
        between = line[self.words[-1][1] : found.start]
        first = found.meanings[0]
        is_part = isinstance(first, Part) and not first.alone
        needs_day = self.part and not self.part.alone and not self.days and not self.clock
        near = _BESIDE if is_part or needs_day else _TOGETHER
        has_room = all(map(self._has_room, found.meanings))
        return has_room and len(between) <= near and "\n" not in between

    def _has_room(self, meaning: Meaning) -> bool:
        if isinstance(meaning, Moment) or self.moment:
            return False
        if isinstance(meaning, Days) and isinstance(self.days, Days):
            return _within(meaning, self.days) or _within(self.days, meaning)
        if isinstance(meaning, Days | NoDay):
            return self.days is None
        return not (isinstance(meaning, Clock) and self.clock)

    def add(self, found: Found) -> None:
        self.words.append((found.start, found.end))
        for meaning in found.meanings:
            if isinstance(meaning, Days):
                wider = isinstance(self.days, Days) and _within(self.days, meaning)
                self.days = self.days if wider else meaning
            elif isinstance(meaning, NoDay):
                self.days = meaning
            elif isinstance(meaning, Part):
                self.part = self.part or meaning
            elif isinstance(meaning, Clock):
                self.clock = meaning
            else:
                self.moment = meaning

    def resolved(self, said: Said, line: str, about: _Time | None) -> _Time | None:
        """None where no day is meant."""
        if isinstance(self.days, NoDay):
            return None
        if self.days and not (_is_one(self.days) and (self.clock or self.part)):
            first, after = _midnight(self.days.first), _midnight(self.days.after)
            return _Time(first, after, self.days.precision)
        day = self.days.first if self.days else about.begins.date() if about else None
        if self.clock:
            near = about.begins.hour if about and about.precision != "day" else None
            return _Time(*times_of(self.clock, self.part, day, said, line, near), "time")
        return _part_of_day(self.part, day, said) if self.part else None


def _part_of_day(part: Part, day: date | None, said: Said) -> _Time | None:
    if day is None and not part.alone:
        return None
    start = _midnight(day or said.today)
    if day is None and part.alone == "next" and said.at.hour >= part.begins and not said.back:
        start += timedelta(days=1)
    return _Time(start + timedelta(hours=part.begins), start + timedelta(hours=part.ends), "part")


def _grouped(found: Iterable[Found], line: str) -> list[_Named]:
    groups: list[_Named] = []
    for one in found:
        if one.meanings:
            if not groups or not groups[-1].belongs(one, line):
                groups.append(_Named())
            groups[-1].add(one)
    return groups


def _within(inner: Days, outer: Days) -> bool:
    return outer.first <= inner.first and inner.after <= outer.after


def _is_one(days: Days) -> bool:
    return days.after - days.first == timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
