"""The clock, handed in as one value: tests bring their own and don't wait."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import tzinfo
from zoneinfo import ZoneInfo

from tzlocal import get_localzone

from storage.database import now_ms
from twin.config.schema import ScheduleSettings


@dataclass(frozen=True, slots=True)
class Clock:
    """`now` for what is stored, in UTC milliseconds; `monotonic` for waiting, in seconds.

    Two clocks, because the wall clock jumps: set back an hour, it must not delay a reply by one.
    """

    now: Callable[[], int] = now_ms
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


SYSTEM_CLOCK = Clock()


def zone_of(schedule: ScheduleSettings) -> tzinfo:
    """The owner's time zone, for nights, quiet hours and "a day"; this machine's if none is set."""
    return ZoneInfo(schedule.timezone) if schedule.timezone else get_localzone()
