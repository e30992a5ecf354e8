from tests.twin.fakes import FakeTime
from twin.clock import SteadyClock
from twin.lateness import Lateness

HOUR = 3600.0


def late(lateness: Lateness, time: FakeTime, sent_at: float) -> float:
    """Seconds, for a message that says it was sent at that time (in seconds)."""
    return lateness.of("fake", int(sent_at * 1000)) / 1000


def test_a_message_is_as_late_as_it_says() -> None:
    time = FakeTime()
    lateness = Lateness(time.clock)
    assert late(lateness, time, time.seconds) == 0
    assert late(lateness, time, time.seconds - 2) == 2
    assert late(lateness, time, time.seconds - 8 * HOUR) == 8 * HOUR


def test_a_clock_that_is_ahead_is_known_from_one_message() -> None:
    time = FakeTime()
    lateness = Lateness(time.clock)
    assert late(lateness, time, time.seconds + HOUR) == 0
    assert late(lateness, time, time.seconds + HOUR - 1200) == 1200


def test_a_clock_that_is_behind_is_known_from_two_that_come_apart() -> None:
    time = FakeTime()
    lateness = Lateness(time.clock)
    assert late(lateness, time, time.seconds - HOUR) == HOUR
    time.seconds += 60
    assert late(lateness, time, time.seconds - HOUR) == 0
    time.seconds += 5
    assert late(lateness, time, time.seconds - HOUR - 600) == 600


def test_what_piled_up_is_late_however_much_it_is() -> None:
    time = FakeTime()
    lateness = Lateness(time.clock)
    for written in range(100):  # one a minute, delivered two a second
        ago = 8 * HOUR - written * 60
        assert late(lateness, time, time.seconds - ago) == ago
        time.seconds += 0.5


def test_platforms_have_clocks_of_their_own() -> None:
    time = FakeTime()
    lateness = Lateness(time.clock)
    lateness.of("ahead", int((time.seconds + HOUR) * 1000))
    assert late(lateness, time, time.seconds) == 0


def test_setting_the_machines_clock_makes_nothing_late() -> None:
    time = FakeTime()
    lateness = Lateness(time.clock)
    for skew in (8 * HOUR, 0, -8 * HOUR, 0):
        time.skew = skew
        time.seconds += 10
        assert late(lateness, time, time.seconds) == 0
        assert late(lateness, time, time.seconds - 1800) == 1800


def test_what_this_machine_timed_while_its_clock_is_set_is_not_late() -> None:
    """Friends' pages are timed by the clock that was set; the other one follows a little later."""
    time = FakeTime()
    steady = SteadyClock(time.clock)
    lateness = Lateness(steady.clock, time.clock)
    for skew in (8 * HOUR, 0, -8 * HOUR, 60, 0):
        time.skew = skew
        time.seconds += 1
        assert late(lateness, time, time.now() / 1000) == 0
        steady.follow(steady.jump_ms())
        assert late(lateness, time, time.now() / 1000) == 0


def test_a_clock_that_was_wrong_at_the_start_and_set_right_makes_nothing_late() -> None:
    time = FakeTime()
    time.skew = 8 * HOUR
    lateness = Lateness(time.clock)
    time.skew = 0
    assert late(lateness, time, time.seconds) == 0


def test_a_nonsensical_time_harms_no_other_message() -> None:
    time = FakeTime()
    lateness = Lateness(time.clock)
    lateness.of("fake", 2**62)
    lateness.of("fake", -(2**62))
    assert late(lateness, time, time.seconds) == 0
    assert late(lateness, time, time.seconds - 2) == 2
