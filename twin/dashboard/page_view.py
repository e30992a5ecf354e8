"""One page in one browser, as its builder sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.owner_sessions import OwnerSession
from twin.adapter_names import AdapterNames
from twin.clock import local_day, zone_of
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
        """A time of the database; a dash where there is none."""
        return "–" if milliseconds is None else self.language.when(milliseconds)

    def day(self, milliseconds: int) -> str:
        """The owner's day of a time of the database."""
        return self.language.day(local_day(milliseconds, self.zone))

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
