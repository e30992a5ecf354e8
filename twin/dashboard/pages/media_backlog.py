"""Part of the page of the data: how many files of messages are read, and reading the rest."""

import asyncio

from nicegui import ui

from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import Button, card
from twin.dashboard.widgets.progress import ProgressBar, time_left
from twin.media.backlog_job import BacklogJob, BacklogState
from twin.media.state import MediaState, media_state, not_read_here

REFRESH_S = 1.0
COUNT_EVERY = 10  # refreshes


class BacklogCard:
    """The run in one browser; it goes on when the page is closed."""

    def __init__(self, view: PageView, job: BacklogJob) -> None:
        self._view, self._job = view, job
        self._was_busy: bool | None = None
        self._refreshes = 0
        say = view.say
        with card(say("Voices and pictures")):
            self._status = StatusLine(view.language)
            self._counts = ui.label().classes("own-faint own-text")
            for line in not_read_here(view.language, view.context.config):
                ui.label(line).classes("own-faint own-text")
            self._bar = ProgressBar(say("Reading files of messages"))
            with ui.element("div").classes("own-row"):
                self._begin = Button(say("Read what is not read yet"), self._begun)
                self._stop = Button(say("Stop"), job.stop)
        view.every(REFRESH_S, self.refresh)

    async def refresh(self) -> None:
        state = self._job.state
        if self._refreshes % COUNT_EVERY == 0 or state.is_busy is not self._was_busy:
            self._show_counts(
                await asyncio.to_thread(media_state, self._view.context.config), state.is_busy
            )
        self._refreshes += 1
        if state.is_busy is not self._was_busy:
            self._was_busy = state.is_busy
            self._bar.set_visibility(state.is_busy)
            self._stop.set_visibility(state.is_busy)
            self._tell(state)
        if state.is_busy and state.progress is not None:
            done, left = state.progress.read, state.progress.left
            parts = [self._view.say("{done} of {all} files", done=done, all=done + left)]
            if state.progress.left_s is not None:
                parts.append(time_left(self._view.language, state.progress.left_s))
            self._bar.show(100 * done / max(1, done + left), parts)

    def _begun(self) -> None:
        self._job.begin()

    def _tell(self, state: BacklogState) -> None:
        say, say_n = self._view.say, self._view.say_n
        if state.error is not None:
            self._status.warn(say(state.error))
        elif state.is_busy:
            self._status.tell(say("Reading …"))
        elif state.progress is not None:
            self._status.tell(
                say_n(
                    "{n} file was gone through.",
                    "{n} files were gone through.",
                    state.progress.read,
                )
            )

    def _show_counts(self, found: MediaState, is_busy: bool) -> None:
        number = self._view.language.number
        self._counts.text = self._view.say(
            "Files of messages: {read} read, {left} not yet, {failed} that can't be read.",
            read=number(found.read),
            left=number(found.left + sum(found.elsewhere.values())),
            failed=number(sum(found.failures.values())),
        )
        self._begin.set_visibility(bool(found.left) and not is_busy)
