"""Report about the dataset: show it, and create it while the bot runs."""

import asyncio

from nicegui import ui

from storage.errors import TwinError
from twin.dashboard.context import DashboardContext
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.runs import FOLDER
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import Button, card, link
from twin.privacy.learning import consent_notes, waiting_for_consent

PAGE = "dataset.html"
REFRESH_S = 1.0


class ReportMaker:
    """One report is made at a time, whoever asks. `error`: why the last one failed."""

    def __init__(self, context: DashboardContext) -> None:
        self._make = context.report
        self._file = context.config.path_of(FOLDER, PAGE)
        self._task: asyncio.Task[None] | None = None
        self.error: TwinError | None = None

    @property
    def can_make(self) -> bool:
        return self._make is not None

    def is_making(self) -> bool:
        return self._task is not None and not self._task.done()

    def made_at(self) -> int | None:
        """When the report that lies there was made, in UTC milliseconds."""
        try:
            return self._file.stat().st_mtime_ns // 1_000_000
        except OSError:
            return None

    def make(self) -> None:
        if not self.is_making():
            self._task = asyncio.create_task(self._run(), name="dataset report")

    async def _run(self) -> None:
        self.error = None
        try:
            if self._make is not None:
                await self._make()
        except TwinError as error:
            self.error = error


class ReportCard:
    def __init__(self, view: PageView, maker: ReportMaker) -> None:
        self._view, self._maker = view, maker
        self._shown: tuple[bool, int | None, TwinError | None] | None = None
        with card(view.say("Training data")):
            ui.label(
                view.say(
                    "Shows how every message is used, by chat and by month, and how long the "
                    "samples are."
                )
            ).classes("own-faint")
            waiting = waiting_for_consent(view.context.db, view.context.config)
            for note in consent_notes(view.language, waiting):
                ui.label(note).classes("own-text")
            self._status = StatusLine(view.language)
            with ui.element("div").classes("own-row"):
                self._link = link(view.say("Show report"), f"/{FOLDER}/{PAGE}").classes(
                    "own-button"
                )
                self._button = Button(view.say("Create report"), self._make)
            with ui.element("div").classes("own-row"):
                link(view.say("Browse samples"), "/data/samples").classes("own-button")
                ui.label(
                    view.say("Search them, and exclude what the twin should not learn.")
                ).classes("own-faint")
        self._button.set_visibility(maker.can_make)
        self._refresh()
        view.every(REFRESH_S, self._refresh)

    def _make(self) -> None:
        self._maker.make()
        self._refresh()

    def _refresh(self) -> None:
        maker, say = self._maker, self._view.say
        now = (maker.is_making(), maker.made_at(), maker.error)
        if now == self._shown:
            return
        was_making = self._shown is not None and self._shown[0]
        self._shown = now
        making, made_at, error = now
        self._link.set_visibility(made_at is not None)
        self._button.props["disabled"] = making
        if making:
            self._status.tell(
                say("Creating the report … A long history takes about half a minute.")
            )
        elif error:
            self._status.refuse(error)
        elif made_at is None:
            self._status.tell(say("No report yet."))
        else:
            new = say("Report created.") + " " if was_making else ""
            self._status.tell(new + say("Created {time}", time=self._view.when(made_at)))
