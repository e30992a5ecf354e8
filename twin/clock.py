"""The time, as one value to hand in: tests bring their own and wait for nothing."""

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

    Two clocks, because the wall clock jumps: nobody waits an hour for a reply when it is set back.
    """

    now: Callable[[], int] = now_ms
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


SYSTEM_CLOCK = Clock()


def zone_of(schedule: ScheduleSettings) -> tzinfo:
    """The owner's: of nights, quiet hours and "a day". This machine's when none is set."""
    return ZoneInfo(schedule.timezone) if schedule.timezone else get_localzone()
