import bisect
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.reasons import RunEnd, RunReason
from storage.runs import Run
from training.scheduling.nightly_plan import (
    DAY_MS,
    HOUR_MS,
    MAX_ATTEMPTS,
    Wanted,
    begins_at,
    decide,
    due_night,
    next_night,
    wanted_night,
)
from twin.config.schema import ScheduleSettings

MINUTE_MS = 60_000
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Shanghai",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
]
BERLIN = ScheduleSettings(retrain_at="03:30", timezone="Europe/Berlin")
SATURDAY = date(2026, 1, 10)


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def at(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> int:
    return ms(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold))


def a_run(state: str, **more: object) -> Run:
    run = Run(1, state, "nightly", None, 1, 0, None, None, None, None, None)
    return replace(run, **more)  # type: ignore[arg-type]


def test_a_window_opens_at_the_time_of_day_and_closes_hours_later() -> None:
    night = date(2026, 1, 10)
    assert due_night(at("2026-01-10T03:29:59"), BERLIN) is None
    assert due_night(at("2026-01-10T03:30"), BERLIN) == night
    assert due_night(at("2026-01-10T09:29:59"), BERLIN) == night
    assert due_night(at("2026-01-10T09:30"), BERLIN) is None


def test_a_window_may_pass_midnight() -> None:
    late = BERLIN.model_copy(update={"retrain_at": "23:00"})
    assert due_night(at("2026-01-11T04:59"), late) == date(2026, 1, 10)
    assert due_night(at("2026-01-11T05:00"), late) is None


def test_a_window_of_a_whole_day_ends_where_the_next_one_begins() -> None:
    whole = BERLIN.model_copy(update={"window_hours": 24.0, "retrain_at": "12:00"})
    assert due_night(at("2026-03-29T11:59"), whole) == date(2026, 3, 28)
    assert due_night(at("2026-03-29T12:30"), whole) == date(2026, 3, 29)  # a day of 23 hours
    sundays_off = whole.model_copy(update={"days_off": ("sun",)})
    assert due_night(at("2026-03-29T12:30"), sundays_off) == date(2026, 3, 28)


def test_a_day_off_has_no_night_and_is_passed_over() -> None:
    weekdays = BERLIN.model_copy(update={"days_off": ("sat", "sun")})
    assert due_night(at("2026-01-10T04:00"), weekdays) is None
    assert next_night(at("2026-01-10T00:00"), weekdays) == at("2026-01-12T03:30")
    never = BERLIN.model_copy(
        update={"days_off": ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    )
    assert next_night(at("2026-01-10T00:00"), never) is None


def test_the_next_night_is_later_today_or_tomorrow() -> None:
    assert next_night(at("2026-01-10T03:29"), BERLIN) == at("2026-01-10T03:30")
    assert next_night(at("2026-01-10T03:30"), BERLIN) == at("2026-01-11T03:30")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("zone", "retrain_at", "spring", "autumn"),
    [
        # the gap's time comes after the gap; of two times of one name, the first
        ("Europe/Berlin", "02:30", "2026-03-29T01:30Z", "2026-10-25T00:30Z"),
        ("America/New_York", "02:30", "2026-03-08T07:30Z", "2026-11-01T07:30Z"),
        ("America/New_York", "01:30", "2026-03-08T06:30Z", "2026-11-01T05:30Z"),
        # half an hour is left out (02:00 to 02:30) or repeated (01:30 to 02:00)
        ("Australia/Lord_Howe", "02:15", "2026-10-03T15:45Z", "2026-04-04T15:45Z"),
        ("Australia/Lord_Howe", "02:30", "2026-10-03T15:30Z", "2026-04-04T16:00Z"),
        ("Australia/Lord_Howe", "01:45", "2026-10-03T15:15Z", "2026-04-04T14:45Z"),
        # at midnight, until 2019
        ("America/Sao_Paulo", "00:30", "2018-11-04T03:30Z", "2018-02-18T03:30Z"),
    ],
)
def test_both_clock_changes(zone: str, retrain_at: str, spring: str, autumn: str) -> None:
    rules = ScheduleSettings(retrain_at=retrain_at, timezone=zone, window_hours=1.5)
    for text in (spring, autumn):
        begin = datetime.fromisoformat(text)
        night = begin.astimezone(ZoneInfo(zone)).date()
        assert begins_at(night, rules) == ms(begin)
        hours = [due_night(ms(begin) + n * MINUTE_MS, rules) for n in range(-24 * 60, 24 * 60)]
        assert hours.count(night) == 90
        assert hours[24 * 60 : 24 * 60 + 90] == [night] * 90


def test_what_a_night_came_to_settles_it() -> None:
    wanted = Wanted(SATURDAY, "nightly")

    def action(*runs: Run, new: int = 99) -> str:
        return decide(wanted, runs, new, BERLIN).action

    assert action() == "train"
    assert action(a_run("failed")) == "train"
    assert action(a_run("failed", attempts=2)) == "train"
    assert action(a_run("failed", attempts=2), a_run("failed")) == "nothing"
    assert action(a_run("running")) == "nothing"
    assert action(a_run("failed"), a_run("done")) == "nothing"
    assert action(a_run("skipped")) == "nothing"
    assert action(new=29) == "skip"
    assert action(new=30) == "train"
    assert action(a_run("done"), new=0) == "nothing"


def test_after_a_chat_was_forgotten_the_night_trains_with_nothing_new() -> None:
    wanted = Wanted(SATURDAY, "nightly")
    assert decide(wanted, [], 0, BERLIN, must_replace=True).reason == "a chat was forgotten"
    for run in (a_run("done"), a_run("skipped"), a_run("failed", attempts=MAX_ATTEMPTS)):
        assert decide(wanted, [run], 0, BERLIN, must_replace=True).action == "nothing"


def test_every_plan_says_why() -> None:
    wanted = Wanted(SATURDAY, "nightly")
    assert decide(wanted, [], 99, BERLIN).reason == "nightly"
    few = RunEnd.FEW_MESSAGES.of(f"12 < {BERLIN.min_new_messages}")
    assert decide(wanted, [], 12, BERLIN).reason == few
    assert "run 1 is done" in decide(wanted, [a_run("done")], 99, BERLIN).reason
    assert "3 times" in decide(wanted, [a_run("failed", attempts=3)], 99, BERLIN).reason
    assert "going" in decide(wanted, [a_run("running")], 99, BERLIN).reason


def test_a_machine_that_is_never_on_at_night_catches_up_by_day() -> None:
    noon = at("2026-01-10T12:00")
    assert wanted_night(noon, BERLIN, noon - 3 * DAY_MS) is None
    late = wanted_night(noon, BERLIN, noon - 3 * DAY_MS - HOUR_MS)
    assert late is not None
    assert late.night == SATURDAY
    assert late.reason == RunReason.CATCHING_UP.of("3.0")
    assert wanted_night(at("2026-01-10T02:00"), BERLIN, 0) == Wanted(
        date(2026, 1, 9), late.reason.replace("3.0", "20463.0")
    )


def test_catching_up_can_be_switched_off_and_leaves_days_off_alone() -> None:
    noon = at("2026-01-10T12:00")
    assert wanted_night(noon, BERLIN.model_copy(update={"catch_up_days": 0.0}), 0) is None
    assert wanted_night(noon, BERLIN.model_copy(update={"days_off": ("sat",)}), 0) is None
    assert wanted_night(noon, BERLIN.model_copy(update={"days_off": ("fri",)}), 0) is not None
    assert wanted_night(noon, BERLIN, None) is None  # nothing to learn from yet


def test_a_run_that_ended_in_the_future_tells_nothing() -> None:
    """The clock was set back: the nights go on, and nothing is caught up."""
    future = at("2027-01-01T00:00")
    assert wanted_night(at("2026-01-10T12:00"), BERLIN, future) is None
    tonight = wanted_night(at("2026-01-10T04:00"), BERLIN, future)
    assert tonight == Wanted(SATURDAY, "nightly")
    assert decide(tonight, [], 99, BERLIN).action == "train"


@dataclass
class Machine:
    """A bot's life without its body: alarms, naps and a wall clock that may be wrong."""

    rules: ScheduleSettings
    outcomes: list[str] = field(default_factory=lambda: ["done"])
    ahead_ms: int = 0  # of the true time
    runs: dict[date, list[Run]] = field(default_factory=dict)
    last_done: int | None = None
    looks: int = 0

    def look(self, true_ms: int) -> None:
        """What `Nightly.look` does, with a run that ends at once."""
        now = true_ms + self.ahead_ms
        wanted = wanted_night(now, self.rules, self.last_done)
        if wanted is None:
            return
        runs = self.runs.setdefault(wanted.night, [])
        if decide(wanted, runs, 99, self.rules).action == "train":
            state = self.outcomes[self.looks % len(self.outcomes)]
            self.looks += 1
            runs.append(a_run(state, id=self.looks, finished_at=now))
            if state == "done":
                self.last_done = now

    def be_awake(self, begin: int, end: int) -> None:
        """Looks at once, then every hour, and at the time of day."""
        alarm = next_night(begin + self.ahead_ms - 1, self.rules)
        for hour in range(begin, end, HOUR_MS):
            self.look(hour)
            if alarm is not None and alarm - self.ahead_ms < min(hour + HOUR_MS, end):
                self.look(alarm - self.ahead_ms)
                alarm = next_night(alarm, self.rules)

    def done(self, night: date) -> int:
        return sum(run.state == "done" for run in self.runs.get(night, []))


RULES = st.builds(
    ScheduleSettings,
    timezone=st.sampled_from(ZONES),
    retrain_at=st.sampled_from(["00:00", "00:30", "01:45", "02:30", "03:30", "13:00", "23:30"]),
    window_hours=st.sampled_from([0.5, 2.0, 6.0, 24.0]),
    days_off=st.sets(st.sampled_from(["mon", "sat", "sun"]), max_size=2).map(tuple),
    catch_up_days=st.sampled_from([0.0, 3.0]),
)
YEARS = st.sampled_from([2017, 2018, 2026])  # Sao Paulo changed its clocks until 2019
# Minutes awake and asleep, over and over; a restart is a nap of no length.
NAPS = st.lists(
    st.tuples(st.integers(1, 20 * 60), st.one_of(st.just(0), st.integers(1, 20 * 60))),
    min_size=1,
    max_size=12,
).filter(lambda naps: sum(map(sum, naps)) >= 180 * len(naps))


def is_off(night: date, rules: ScheduleSettings) -> bool:
    return f"{night:%a}".lower() in rules.days_off


def awake_times(year: int, naps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    now, end = ms(datetime(year, 1, 1, tzinfo=UTC)), ms(datetime(year + 1, 1, 1, tzinfo=UTC))
    times: list[tuple[int, int]] = []
    while now < end:
        awake, asleep = naps[len(times) % len(naps)]
        times.append((now, now + awake * MINUTE_MS))
        now += (awake + asleep) * MINUTE_MS
    return times


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(RULES, YEARS, NAPS)
def test_a_year_with_naps_has_one_run_for_every_night_that_saw_the_machine(
    rules: ScheduleSettings, year: int, naps: list[tuple[int, int]]
) -> None:
    machine, times = Machine(rules), awake_times(year, naps)
    for begin, end in times:
        machine.be_awake(begin, end)
    for number in range(1, 364):
        night = date(year, 1, 1) + timedelta(number)
        begin = begins_at(night, rules)
        next_begin = begins_at(night + timedelta(1), rules)
        close = min(begin + int(rules.window_hours * HOUR_MS), next_begin)
        last = bisect.bisect_left(times, (close, 0)) - 1  # the last awakening before the end
        if is_off(night, rules):
            assert not machine.runs.get(night)
        elif times[last][1] > begin:
            assert machine.done(night) == 1
        elif not rules.catch_up_days:
            assert not machine.runs.get(night)
        assert machine.done(night) <= 1


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(
    RULES,
    YEARS,
    NAPS,
    st.lists(st.sampled_from(["done", "failed"]), min_size=1, max_size=9),
    st.lists(st.integers(-4 * 24 * 60, 4 * 24 * 60), min_size=1, max_size=9),
)
def test_whatever_the_clock_does_a_night_has_one_run_at_most(
    rules: ScheduleSettings,
    year: int,
    naps: list[tuple[int, int]],
    outcomes: list[str],
    jumps: list[int],
) -> None:
    machine = Machine(rules, outcomes)
    for number, (begin, end) in enumerate(awake_times(year, naps)):
        machine.ahead_ms = jumps[number % len(jumps)] * MINUTE_MS
        machine.be_awake(begin, end)
    for night, runs in machine.runs.items():
        assert machine.done(night) <= 1
        assert len(runs) <= MAX_ATTEMPTS
        assert all(run.state == "failed" for run in runs[:-1])
        assert ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][
            night.weekday()
        ] not in rules.days_off


@settings(max_examples=20, deadline=None)
@given(RULES, st.integers(-4 * 24 * 60, 4 * 24 * 60))
def test_a_clock_that_was_set_once_blocks_no_later_night(
    rules: ScheduleSettings, jump: int
) -> None:
    """Two weeks with a wrong clock, then two with the right one, always awake."""
    machine, start = Machine(rules, ahead_ms=jump * MINUTE_MS), ms(datetime(2026, 3, 1, tzinfo=UTC))
    machine.be_awake(start, start + 14 * DAY_MS)
    machine.ahead_ms = 0
    machine.be_awake(start + 14 * DAY_MS, start + 28 * DAY_MS)
    for number in range(20, 26):
        night = date(2026, 3, 1) + timedelta(number)
        assert machine.done(night) == (not is_off(night, rules))
