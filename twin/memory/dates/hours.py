"""Which hour of the day is meant: "at 7" for a dinner is 19:00, 晚上两点 is after midnight."""

import re
from datetime import date, datetime, time, timedelta

from twin.memory.dates.days import Clock, Part
from twin.memory.dates.rules import Said

NOON = 12
_LAST_AFTERNOON = 7  # without more words, 1 to 7 are in the afternoon and 8 to 11 in the morning
_LAST_AT_NIGHT = 4  # so late, the night belongs to the day before
_LASTS = timedelta(hours=1)
_EVENING = re.compile(
    r"\b(?:dinner|supper|movies?|cinema|drinks?|beers?|party|concert|pub|bar|club|show)\b"
    r"|晚饭|晚餐|电影|喝酒|酒吧|聚餐|聚会|演唱会|唱歌|火锅|烧烤"
)
_MORNING = re.compile(
    r"\b(?:breakfast|wake|woke|alarm|get up|got up|sunrise|run|jog)\b|早饭|早餐|起床|早起|闹钟|晨跑"
)


def times_of(
    clock: Clock, part: Part | None, day: date | None, said: Said, line: str, near: int | None
) -> tuple[datetime, datetime]:
    """When it begins and ends, in the sender's zone. Without a day it is the next such time, or
    today's in what tells of the past. `line` says what is done then; `near`: the hour that was
    talked about.
    """
    hour = _hour(clock, part, line, near)
    begins = _at(day or said.today, hour, clock.minute)
    if begins <= said.at and not said.back:
        begins = _still_to_come(begins, clock, part, day, said)
    if clock.until is None:
        return begins, begins + _LASTS
    ends = _at(begins.date(), *clock.until)
    while ends <= begins:
        ends += timedelta(hours=NOON)
    return begins, ends


def _still_to_come(
    begins: datetime, clock: Clock, part: Part | None, day: date | None, said: Said
) -> datetime:
    """ "At 9", said at noon, is in the evening, of a day that is not named or is today."""
    later = begins + timedelta(hours=NOON)
    may_be = not (clock.exact or clock.until or part) and begins.hour < NOON
    if may_be and day in (None, said.today) and later > said.at:
        return later
    return begins + timedelta(days=1) if day is None else begins


def _at(day: date, hour: int, minute: int) -> datetime:
    """24:00 and later belong to the next day."""
    return datetime.combine(day, time()) + timedelta(hours=hour, minutes=minute)


def _hour(clock: Clock, part: Part | None, line: str, near: int | None) -> int:
    hour = clock.hour
    if clock.exact or hour > NOON:
        return hour
    if part is not None:
        return _hour_in(part, hour)
    if near is not None:
        return min(hour, hour % NOON + NOON, key=lambda each: abs(each - near))
    if hour == NOON:
        return hour
    if _MORNING.search(line):
        return hour
    in_afternoon = hour <= _LAST_AFTERNOON or _EVENING.search(line)
    return hour + NOON if in_afternoon else hour


def _hour_in(part: Part, hour: int) -> int:
    if part.begins >= NOON:
        at_night = part.ends > 2 * NOON - 1 and hour <= _LAST_AT_NIGHT
        return hour + (2 * NOON if at_night else NOON)
    if part.ends > NOON:  # around noon
        return hour + NOON if hour <= _LAST_AT_NIGHT else hour
    return hour % NOON if part.begins == 0 else hour
