"""The clock, handed in as one value: tests bring their own and don't wait."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

from tzlocal import get_localzone

from storage.database import now_ms
from twin.config.schema import ScheduleSettings

# Where Python's own clock stands still while the machine sleeps.
_COUNTS_SLEEP = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC"}
JUMP_MS = 2000
# Days off its ends, so that every zone has them.
_CALENDAR = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
_FIRST_MS, _LAST_MS = (int(end.timestamp() * 1000) for end in _CALENDAR)


def monotonic_s() -> float:
    """Seconds, the machine's sleep included, that go on whoever sets the clock."""
    which = _COUNTS_SLEEP.get(sys.platform)
    return time.clock_gettime(getattr(time, which)) if which else time.monotonic()


@dataclass(frozen=True, slots=True)
class Clock:
    """`now` for what is stored, in UTC milliseconds; `monotonic` for waiting, in seconds.

    Two clocks, because the wall clock jumps: set back an hour, it must not delay a reply by one.
    """

    now: Callable[[], int] = now_ms
    monotonic: Callable[[], float] = monotonic_s
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


SYSTEM_CLOCK = Clock()


class SteadyClock:
    """A clock whose `now` goes on evenly when somebody sets the wall clock.

    Whoever keeps times in the database moves them by `jump_ms` and says so with `follow`: then
    everything lasts as long as it was meant to, and is shown in the time that people see.
    """

    def __init__(self, wall: Clock) -> None:
        self._wall = wall
        self._began_ms = wall.now() - int(wall.monotonic() * 1000)
        self.clock = Clock(self._now, wall.monotonic, wall.sleep)

    def jump_ms(self) -> int:
        """How far the wall clock was set forward since, or back; 0 for the little it drifts."""
        jump = self._wall.now() - self._now()
        return jump if abs(jump) > JUMP_MS else 0

    def follow(self, jump_ms: int) -> None:
        """Go by the wall clock again, that far from before."""
        self._began_ms += jump_ms

    def _now(self) -> int:
        return self._began_ms + int(self._wall.monotonic() * 1000)


def zone_of(schedule: ScheduleSettings) -> tzinfo:
    """The owner's time zone, for nights, quiet hours and "a day"; this machine's if none is set."""
    return ZoneInfo(schedule.timezone) if schedule.timezone else get_localzone()


def local_time(at: int, zone: tzinfo | None) -> datetime:
    """A time in UTC milliseconds by the clocks of the zone; this machine's without one.

    The log holds what a platform said: of a time that no calendar has, the calendar's nearest.
    """
    return datetime.fromtimestamp(min(max(at, _FIRST_MS), _LAST_MS) / 1000, tz=zone)


def local_day(at: int, zone: tzinfo | None) -> date:
    """The day of a time in UTC milliseconds, as `local_time` has it."""
    return local_time(at, zone).date()


def midnight(day: date, zone: tzinfo) -> int:
    """When the day begins in the zone, in UTC milliseconds."""
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
