"""The part of a connection that brings its old messages: a button, how far it is, what came."""

from nicegui import ui

from twin.dashboard.page_view import PageView
from twin.dashboard.pages.import_doubles import which_are_one
from twin.dashboard.pages.import_table import lines
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import Button
from twin.dashboard.widgets.progress import ProgressBar, time_left
from twin.imports.history_job import HistoryJob, HistoryState
from twin.imports.history_report import Account, HistoryProgress, HistoryReport
from twin.language import N_


class HistoryPart:
    """Of one connection; rewritten when a run begins or ends, any connection's."""

    def __init__(self, view: PageView, job: HistoryJob, account: Account) -> None:
        self._view, self._job, self._account = view, job, account
        self._shown: HistoryState | None = None
        self._status = StatusLine(view.language)
        self._box = ui.element("div").classes("own-stack")
        self.refresh()

    def refresh(self) -> None:
        state, before = self._job.state, self._shown
        if state is before:
            return
        self._shown = state
        if before is None or before.is_busy != state.is_busy:
            self._box.clear()
            with self._box:
                self._build(state)
        if state.progress and state.is_busy and state.account == self._account.name:
            self._show_progress(state.progress)

    def _build(self, state: HistoryState) -> None:
        say, is_mine = self._view.say, state.account == self._account.name
        self._status.tell("")
        if state.is_busy and is_mine:
            self._status.tell(say("Bringing old messages …"))
            self._bar = ProgressBar(say("Bringing old messages …"))
            self._chat = ui.label().classes("own-text")
            self._read = ui.label().classes("own-faint")
            with ui.element("div").classes("own-row"):
                Button(say("Stop"), self._job.stop)
            return
        if is_mine:
            self._tell_end(state)
        with ui.element("div").classes("own-row"):
            button = Button(say("Bring old messages"), self._begin)
        button.props["disabled"] = state.is_busy
        meaning = N_(
            "What this account still shows of your chats is stored, each message once, and nothing "
            "is answered. Chats that are off are left out."
        )
        if not is_mine:
            ui.label(say(meaning)).classes("own-faint")

    def _show_progress(self, now: HistoryProgress) -> None:
        say = self._view.say
        parts = [say("{n} of {all} chats", n=now.done, all=now.chats)]
        if now.left_s is None:
            parts.append(say("time left not known yet"))
        else:
            parts.append(time_left(self._view.language, now.left_s))
        self._bar.show(100 * now.done / max(1, now.chats), parts)
        # By itself: a name may turn the direction of what stands behind it.
        self._chat.text = now.chat
        read = self._view.say_n("{n} message read", "{n} messages read", now.messages)
        self._read.text = read if now.messages else ""

    def _tell_end(self, state: HistoryState) -> None:
        report = state.report
        if state.error is not None:
            self._status.warn(self._view.say(state.error))
        elif report is None:
            self._status.tell(
                self._view.say("Stopped. What was brought is stored; press again to go on.")
            )
        else:
            self._tell_report(report)

    def _tell_report(self, report: HistoryReport) -> None:
        view = self._view
        told = view.say_n(
            "Imported {n} new message; {known} already stored.",
            "Imported {n} new messages; {known} already stored.",
            report.new,
            known=view.language.number(report.messages - report.new),
        )
        if report.cut:
            (_, why), *_ = report.cut
            cut = view.say("Not all was brought: {why}. Press again to go on.", why=view.say(why))
            self._status.warn(f"{told} {cut}")
        else:
            self._status.tell(told)
        if report.off:
            ui.label(
                view.say_n(
                    "{n} chat is off and was left out.",
                    "{n} chats are off and were left out.",
                    report.off,
                )
            ).classes("own-faint")
        left_out = [f"{chat}: {view.say(why)}" for chat, why in report.left_out]
        lines(view, view.say("Not read"), left_out)
        which_are_one(view, report.doubles, self._told_same)

    def _begin(self) -> None:
        self._job.begin(self._account)
        self.refresh()

    def _told_same(self, same: str) -> None:
        self._job.begin(self._account, [*self._job.state.same, same])
        self.refresh()
