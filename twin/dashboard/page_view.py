"""One page in one browser, as its builder sees it."""

from collections.abc import Callable
from dataclasses import dataclass

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.owner_sessions import OwnerSession
from twin.dashboard.auth.sessions import OwnerAuth
from twin.dashboard.context import DashboardContext
from twin.dashboard.words import Language, Words


@dataclass(frozen=True)
class PageView:
    """`say` is the one way to a text of ours; texts of chats go into `ui.label` alone."""

    context: DashboardContext
    auth: OwnerAuth
    session: OwnerSession
    language: Language

    def say(self, words: Words, **values: object) -> str:
        return words.to(self.language, **values)

    def every(self, seconds: float, refresh: Callable[[], object]) -> None:
        """Refresh now and then, but only while somebody can see the page."""
        timer = ui.timer(seconds, refresh)

        def seen(event: GenericEventArguments) -> None:
            timer.active = bool(event.args)

        ui.on("own_visible", seen)
