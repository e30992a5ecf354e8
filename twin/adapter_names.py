"""What people call an adapter: the night that made it, or when it was trained by hand."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlite_utils import Database

from storage.database import now_ms
from twin.clock import local_day, local_time, zone_of
from twin.config.schema import ScheduleSettings
from twin.language import ENGLISH, Language

_ENGLISH = Language(ENGLISH)


@dataclass(frozen=True, slots=True)
class _Made:
    """`day` is the night's date or else the day, `at` the time by the owner's clocks."""

    by_night: bool
    day: date
    at: datetime
    run: int | None

    @property
    def minute(self) -> tuple[bool, date, int, int]:
        return self.by_night, self.day, self.at.hour, self.at.minute


class AdapterNames:
    """The names of the adapters that are registered now: "the night of 29 November".

    Two of one night have the time in their names, and of one minute the run. The year is said when
    it is another than this one.
    """

    def __init__(
        self, db: Database, schedule: ScheduleSettings, language: Language = _ENGLISH
    ) -> None:
        zone = zone_of(schedule)
        self._language, self._this_year = language, local_day(now_ms(), zone).year
        self._made = _all_made(db, zone)
        made = self._made.values()
        self._nights = Counter(one.day for one in made if one.by_night)
        self._minutes = Counter(one.minute for one in made)

    def of(self, adapter: str) -> str:
        """What it is called, by its id; the id where no such adapter is registered any more."""
        made, say = self._made.get(adapter), self._language.say
        if made is None:
            return adapter
        day = self._language.spoken_day(made.day, with_year=made.day.year != self._this_year)
        time = self._language.time(made.at)
        if made.by_night and self._nights[made.day] == 1:
            return say("the night of {day}", day=day)
        if made.by_night:
            name = say("the night of {day} at {time}", day=day, time=time)
        else:
            name = say("the training of {day} at {time}", day=day, time=time)
        is_alone = self._minutes[made.minute] == 1
        return name if is_alone else say("{name} (run {run})", name=name, run=made.run)

    def with_id(self, adapter: str) -> str:
        """With the id behind it, which commands take."""
        name = self.of(adapter)
        return name if name == adapter else f"{name} ({adapter})"

    def listed(self, adapters: Iterable[str]) -> str:
        return self._language.say(", ").join(map(self.of, adapters))


def _all_made(db: Database, zone: tzinfo) -> Mapping[str, _Made]:
    rows = db.execute(
        "SELECT adapters.name, training_runs.night, adapters.created_at, adapters.run_id "
        "FROM adapters LEFT JOIN training_runs ON training_runs.id = adapters.run_id"
    )
    return {
        name: _Made(
            night is not None,
            date.fromisoformat(night) if night else local_day(created_at, zone),
            local_time(created_at, zone),
            run,
        )
        for name, night, created_at, run in rows
    }
