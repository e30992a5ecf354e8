"""Decide when a run is due and whether the night still needs one, without clock or database.

A night is named by the local date on which its run is due. It begins at `retrain_at` and a run may
begin until `window_hours` later, which may be the next day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from storage.reasons import RunEnd, RunReason
from storage.runs import Run
from twin.clock import local_day, zone_of
from twin.config.schema import ScheduleSettings

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DAY = timedelta(days=1)
MAX_ATTEMPTS = 3
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The night that a run may begin for now, and why."""

    night: date
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about a night, and why."""

    action: Literal["train", "skip", "nothing"]
    reason: str


def begins_at(night: date, settings: ScheduleSettings) -> int:
    """In UTC milliseconds.

    fold=0: a time that the clock shows twice is its first showing, and a time that it leaves out is
    counted on from before the gap, so that 02:30 comes as 03:30. Either is one moment.
    """
    at = time.fromisoformat(settings.retrain_at)
    return int(datetime.combine(night, at, tzinfo=zone_of(settings)).timestamp() * 1000)


def due_night(now_ms: int, settings: ScheduleSettings) -> date | None:
    """The night in whose window this is; None outside, and in a night without a run."""
    for night in _nights_before(now_ms, settings):
        open_until = begins_at(night, settings) + int(settings.window_hours * HOUR_MS)
        if now_ms < open_until and not _is_off(night, settings):
            return night
    return None


def next_night(now_ms: int, settings: ScheduleSettings) -> int | None:
    """When the next night begins, in UTC milliseconds; None when all days are off."""
    today = _local_date(now_ms, settings)
    for number in range(-1, 9):
        night = today + number * DAY
        at = begins_at(night, settings)
        if at > now_ms and not _is_off(night, settings):
            return at
    return None


def wanted_night(now_ms: int, settings: ScheduleSettings, idle_since: int | None) -> Wanted | None:
    """The night whose run may begin now: in its window, or later when nothing was learnt for long.

    `idle_since` is when the last run finished or, without one, when there was first something to
    learn. After `catch_up_days` the newest night counts as due until the next one begins; a day
    off stays off. A time in the future is of a clock that was set back: it tells nothing.
    """
    night = due_night(now_ms, settings)
    if night is not None:
        return Wanted(night, RunReason.NIGHTLY)
    if idle_since is None or not settings.catch_up_days:
        return None
    idle_days = (now_ms - idle_since) / DAY_MS
    latest = _nights_before(now_ms, settings)[0]
    if idle_days <= settings.catch_up_days or _is_off(latest, settings):
        return None
    return Wanted(latest, RunReason.CATCHING_UP.of(f"{idle_days:.1f}"))


def decide(
    wanted: Wanted,
    runs: Sequence[Run],
    new_messages: int,
    settings: ScheduleSettings,
    must_replace: bool = False,
) -> Plan:
    """What to do now about that night, of which `runs` are the runs so far.

    `must_replace`: the adapter that answers learnt from a chat that was forgotten since.
    """
    for run in runs:
        if run.state == "running":
            return Plan("nothing", f"run {run.id} is going")
        if run.state in ("done", "skipped"):
            return Plan("nothing", f"night {wanted.night} is done: run {run.id} is {run.state}")
    attempts = sum(run.attempts for run in runs)
    if attempts >= MAX_ATTEMPTS:
        return Plan("nothing", f"night {wanted.night} is given up: begun {attempts} times")
    if must_replace:
        return Plan("train", RunReason.FORGOTTEN)
    if new_messages < settings.min_new_messages:
        few = f"{new_messages} < {settings.min_new_messages}"
        return Plan("skip", RunEnd.FEW_MESSAGES.of(few))
    return Plan("train", wanted.reason)


def _nights_before(now_ms: int, settings: ScheduleSettings) -> list[date]:
    """The two newest nights that have begun, the newest first.

    Two, because a window of 24 hours reaches into the next night where a day has 23.
    """
    today = _local_date(now_ms, settings)
    nights = [today - number * DAY for number in range(4)]
    return [night for night in nights if begins_at(night, settings) <= now_ms][:2]


def _is_off(night: date, settings: ScheduleSettings) -> bool:
    return WEEKDAYS[night.weekday()] in settings.days_off


def _local_date(now_ms: int, settings: ScheduleSettings) -> date:
    return local_day(now_ms, zone_of(settings))
