import time

from tests.twin.fakes import FakeTime
from twin.clock import SYSTEM_CLOCK, SteadyClock


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
