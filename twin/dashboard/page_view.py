"""One page in one browser, as its builder sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, tzinfo

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.owner_sessions import OwnerSession
from twin.adapter_names import AdapterNames
from twin.clock import local_day, local_time, zone_of
from twin.dashboard.auth.sessions import OwnerAuth
from twin.dashboard.context import DashboardContext
from twin.language import Language


@dataclass(frozen=True)
class PageView:
    """`say` is the one way to a text of ours; texts of chats go into `ui.label` alone."""

    context: DashboardContext
    auth: OwnerAuth
    session: OwnerSession
    language: Language

    def say(self, text: str, /, **values: object) -> str:
        return self.language.say(text, **values)

    def say_n(self, one: str, many: str, n: int, /, **values: object) -> str:
        return self.language.say_n(one, many, n, **values)

    @property
    def adapter_names(self) -> AdapterNames:
        """As they are now: make it anew for each showing."""
        return AdapterNames(self.context.db, self.context.config.schedule, self.language)

    def when(self, milliseconds: int | None) -> str:
        """A time of the database by the owner's clocks; a dash where there is none."""
        if milliseconds is None:
            return "–"
        return self.language.when(local_time(milliseconds, self.zone))

    def time(self, milliseconds: int) -> str:
        """Hours and minutes of a time of the database by the owner's clocks."""
        return self.language.time(local_time(milliseconds, self.zone))

    def day(self, milliseconds: int) -> str:
        """The owner's day of a time of the database."""
        return self.language.day(local_day(milliseconds, self.zone))

    def brief(self, milliseconds: int) -> str:
        """The time of what is of today, the day of what is older."""
        day, today = local_day(milliseconds, self.zone), self.today
        if day == today:
            return self.time(milliseconds)
        same_year = day.year == today.year
        return self.language.day_of_year(day) if same_year else self.language.day(day)

    def whole_day(self, day: date) -> str:
        """A day as a heading: today, yesterday, or its whole name."""
        ago = (self.today - day).days
        if ago in (0, 1):
            return self.say("Yesterday") if ago else self.say("Today")
        return self.language.whole_day(day)

    @property
    def today(self) -> date:
        """The owner's."""
        return local_day(self.context.clock.now(), self.zone)

    @property
    def zone(self) -> tzinfo:
        """The owner's."""
        return zone_of(self.context.config.schedule)

    def every(self, seconds: float, refresh: Callable[[], object]) -> None:
        """Refresh now and then, but only while somebody can see the page."""
        timer = ui.timer(seconds, refresh)

        def seen(event: GenericEventArguments) -> None:
            timer.active = bool(event.args)

        ui.on("own_visible", seen)
