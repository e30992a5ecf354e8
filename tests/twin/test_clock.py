import time
from datetime import UTC, date
from zoneinfo import ZoneInfo

import pytest

from tests.twin.fakes import FakeTime
from twin.clock import SYSTEM_CLOCK, SteadyClock, local_day, local_time, midnight


def test_it_goes_on_when_somebody_sets_the_clock_until_it_follows() -> None:
    wall = FakeTime()
    steady = SteadyClock(wall.clock)
    before = steady.clock.now()
    wall.skew = 8 * 3600
    wall.seconds += 5
    assert steady.clock.now() == before + 5000
    assert steady.jump_ms() == 8 * 3_600_000
    steady.follow(steady.jump_ms())
    assert steady.jump_ms() == 0
    assert steady.clock.now() == wall.now()


def test_drifting_a_little_is_no_jump() -> None:
    wall = FakeTime()
    steady = SteadyClock(wall.clock)
    wall.skew = 1.5
    assert steady.jump_ms() == 0


def test_the_machines_own_clock_counts_seconds() -> None:
    before = SYSTEM_CLOCK.monotonic()
    time.sleep(0.01)
    assert 0.005 < SYSTEM_CLOCK.monotonic() - before < 60


def test_days_are_those_of_the_zone() -> None:
    at, shanghai = 1_773_187_200_000, ZoneInfo("Asia/Shanghai")
    assert local_time(at, shanghai).hour == 8
    assert local_day(at - 1, UTC) == date(2026, 3, 10)
    assert local_day(at - 1, shanghai) == date(2026, 3, 11)
    assert midnight(date(2026, 3, 11), shanghai) == at - 8 * 3_600_000


@pytest.mark.parametrize("zone", [None, *map(ZoneInfo, ("Etc/GMT+12", "UTC", "Etc/GMT-14"))])
def test_a_time_that_no_calendar_has_is_the_nearest_that_one_has(zone: ZoneInfo | None) -> None:
    for late in (2**62, 2**63 - 1, 253_402_300_800_000):
        assert local_day(late, zone).year == 9999
    for early in (-(2**62), -(2**63), -62_135_596_800_001):
        assert local_day(early, zone).year == 1
