"""Page of the data: import step by step (choose files, check them, confirm), and the report."""

from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.importers.columns.choice import Columns
from storage.importers.columns.saved import SavedColumns
from storage.importers.dates import ORDERS
from storage.importers.find_files import SUFFIXES
from storage.importers.report import ImportPhase
from storage.texts import Text
from twin.dashboard.context import DashboardContext
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.backup import backups_card
from twin.dashboard.pages.dataset_report import ReportCard, ReportMaker
from twin.dashboard.pages.import_columns import ColumnChoice, preview_table
from twin.dashboard.pages.import_doubles import told_same, which_are_one
from twin.dashboard.pages.import_files import choose_files_along, files_along
from twin.dashboard.pages.import_owner import NAME_LABEL, choose_owner, name_owner
from twin.dashboard.pages.import_table import consent_lines, lines, report_table
from twin.dashboard.pages.import_upload import SEND_FILES, add_upload
from twin.dashboard.pages.media_backlog import BacklogCard
from twin.dashboard.pages.own_voices import add_own_voices, voices_card
from twin.dashboard.pages.runs import add_reports
from twin.dashboard.pages.samples import add_samples
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import Button, card, option
from twin.dashboard.widgets.progress import ProgressBar, time_left
from twin.imports.job import ImportJob, ImportState
from twin.imports.uploads import MOST_BYTES, Uploads
from twin.language import N_
from twin.media.backlog_job import BacklogJob

SHARES: dict[ImportPhase, str] = {
    "reading": N_("{percent}% read"),
    "writing": N_("{percent}% stored"),
    "copying": N_("{percent}% of the files copied"),
}

_ORDER_LABEL = N_("Order of day, month and year")
_OTHER_FILES = N_("Cancel and choose the files as the chat program exported them.")
_IF_TABLE = N_(
    "If it is a table, choose its columns. Otherwise cancel and choose the files as the chat "
    "program exported them."
)
_FIELDS = {"--me": NAME_LABEL, "--dates": _ORDER_LABEL}

REFRESH_S = 0.5
ACCEPT = ",".join(sorted({*SUFFIXES, ".xlsx", ".tar", ".tsv", ".zip"}))


class Importing:
    """The one import of the bot, on whatever pages it is shown."""

    def __init__(self, context: DashboardContext) -> None:
        self.uploads = Uploads(context.config.data)
        self.job = ImportJob(context.config.path, self.uploads)
        self.saved = SavedColumns(context.config.data)


class ImportCard:
    """The import in one browser, redrawn at each of its steps."""

    def __init__(self, view: PageView, importing: Importing) -> None:
        self._view, self._importing, self._saved = view, importing.job, importing.saved
        self._shown: ImportState | None = None
        self._me: str | None = None
        self._dates: str | None = None
        self._columns: Columns = {}
        self._same: list[str] = []
        self._choice: ColumnChoice | None = None
        with card(view.say("Import chats")):
            self._status = StatusLine(view.language)
            self._part = ui.element("div").classes("own-stack")
        self._refresh()
        view.every(REFRESH_S, self._refresh)

    def _refresh(self) -> None:
        state = self._importing.state
        if state is self._shown:
            if state.is_busy:
                self._show_share()
            return
        self._shown = state
        self._me, self._dates, self._columns = state.me, state.dates, dict(state.columns or {})
        self._same = list(state.same)
        self._status.tell(self._line(state))
        self._part.clear()
        with self._part:
            if state.phase == "empty":
                self._chooser()
            elif state.is_busy:
                self._bar = ProgressBar(self._line(state))
                self._show_share()
            elif state.phase == "done":
                self._details(state)
                self._button(N_("Import more"), self._importing.again)
            else:
                self._checked(state)

    def _show_share(self) -> None:
        share = self._importing.watch.share
        if share is None:
            return
        say, phase = self._view.say, share.phase
        # A look writes too, into a copy, to see what is known.
        if phase == "writing" and self._importing.state.phase == "checking":
            text = N_("{percent}% compared with stored messages")
        else:
            text = SHARES[phase]
        parts = [say(text, percent=share.percent)]
        if share.left_s is not None:
            parts.append(time_left(self._view.language, share.left_s))
        self._bar.show(share.percent, parts)

    def _line(self, state: ImportState) -> str:
        say, say_n, report = self._view.say, self._view.say_n, state.report
        if state.phase == "checking":
            return say_n("Reading {n} file …", "Reading {n} files …", state.files)
        if state.phase == "importing":
            return say("Importing …")
        if report is None:
            return ""
        number = self._view.language.number
        known = number(report.duplicates)
        if state.phase == "done":
            return say_n(
                "Imported {n} new message; {known} already stored.",
                "Imported {n} new messages; {known} already stored.",
                report.new,
                known=known,
            )
        return say_n(
            "{n} message: {new} new, {known} already stored. Nothing has been imported yet.",
            "{n} messages: {new} new, {known} already stored. Nothing has been imported yet.",
            report.messages,
            new=number(report.new),
            known=known,
        )

    def _chooser(self) -> None:
        say = self._view.say
        ui.label(
            say(
                "Exports from WeChat, QQ, Telegram, WhatsApp, LINE, Discord, iMessage and others, "
                "as files or as a .zip, up to {gib} GiB. You can check the contents before "
                "anything is stored.",
                gib=MOST_BYTES >> 30,
            )
        ).classes("own-faint")
        with ui.element("label").props("for=import-files"):
            ui.label(say("Files to import")).classes("own-key")
        files = ui.element("input").props("type=file multiple id=import-files")
        files.props["accept"], files.props["data-key"] = ACCEPT, self._importing.key
        files.on("change", self._sent, js_handler=SEND_FILES)

    def _sent(self, event: GenericEventArguments) -> None:
        how: Any = event.args
        if not isinstance(how, dict):
            return
        say = self._view.say
        if "failed" in how:
            why = str(how["failed"]).strip() or say("no connection to the bot")
            self._status.warn(say("Upload failed: {error}", error=why))
        elif "finished" in how:
            self._importing.check()
            self._refresh()
        else:
            self._status.tell(
                say("Uploading file {n} of {all} …", n=how.get("n"), all=how.get("all"))
            )

    def _checked(self, state: ImportState) -> None:
        if state.error and not state.senders:
            ui.label(self._words(state.error)).classes("own-alert").props("role=alert")
            ui.label(self._view.say(_IF_TABLE if state.names else _OTHER_FILES))
        preview_table(self._view, state.first)
        self._details(state)
        told_same(self._view, state.same, self._took_back)
        if state.report is not None:
            which_are_one(self._view, state.report.doubles, self._told)
        self._choice = None
        if state.names:
            self._choice = ColumnChoice(self._view, self._saved, state.names, self._columns)
        if state.senders:
            choose_owner(self._view, state.senders, self._choose)
        else:
            name_owner(self._view, self._me or "", self._choose)
        self._order(state)
        choose_files_along(self._view, state, self._importing.bring_along)
        with ui.element("div").classes("own-row"):
            if state.report is not None:
                self._button(N_("Import"), self._importing.confirm, "own-strong")
            strong = "" if state.report is not None else "own-strong"
            self._button(N_("Check again"), self._check, strong)
            self._button(N_("Cancel"), self._importing.drop)

    def _check(self) -> None:
        if self._columns and self._choice is not None and not self._choice.is_whole:
            return
        self._importing.check(self._me, self._dates, self._columns, self._same)

    def _details(self, state: ImportState) -> None:
        report, say, shown = state.report, self._view.say, self._importing.shown
        if report is None:
            return
        report_table(self._view, report)
        files_along(self._view, state)
        lines(self._view, say("Not read"), [self._words(one.text) for one in report.problems])
        found = [f"“{one.line}” ({one.messages})" for one in report.platform_lines]
        lines(self._view, say("Lines of the platform, not learnt"), found)
        asked = {double.question for double in report.doubles}
        notes = [note for note in report.notes if note not in asked]
        lines(
            self._view, say("Notes"), [*map(self._words, notes), *consent_lines(self._view, report)]
        )
        lines(
            self._view, say("Skipped: not a known export"), [shown(one) for one in report.skipped]
        )

    def _words(self, text: Text) -> str:
        """In the reader's language, with the page's fields for the options of the command."""
        said = self._importing.shown(self._view.say(text))
        for given, field in _FIELDS.items():
            said = said.replace(given, f"“{self._view.say(field)}”")
        return said

    def _told(self, same: str) -> None:
        self._same.append(same)
        self._check()
        self._refresh()

    def _took_back(self, same: str) -> None:
        self._same.remove(same)
        self._check()
        self._refresh()

    def _choose(self, me: str) -> None:
        """Read again by the button alone: the arrow keys pass over the others."""
        self._me = me

    def _order(self, state: ImportState) -> None:
        notes = state.report.notes if state.report else []
        if state.dates is None and not any("--dates" in note for note in notes):
            return
        say = self._view.say
        with ui.element("div").classes("own-field-box"):
            ui.label(
                say("The dates in a file can be read in more than one way. Please choose one.")
            ).classes("own-alert")
            with ui.element("label").props("for=import-dates"):
                ui.label(say(_ORDER_LABEL)).classes("own-key")
            select = ui.element("select").classes("own-select").props("id=import-dates")
            with select:
                for order in ("", *ORDERS):
                    option(order, order or say("as the files suggest"), chosen=order == self._dates)
            select.on("change", self._ordered, js_handler="(event) => emit(event.target.value)")

    def _ordered(self, event: GenericEventArguments) -> None:
        self._dates = str(event.args) or None
        self._check()
        self._refresh()

    def _button(self, name: str, act: Any, look: str = "") -> None:
        def pressed() -> None:
            act()
            self._refresh()

        Button(self._view.say(name), pressed).classes(look)


def add(pages: Pages, importing: Importing) -> None:
    context = pages.context
    maker, backlog = ReportMaker(context), BacklogJob(context.config, context.db)
    add_upload(importing.uploads)
    add_reports(context.config.data)

    def build(view: PageView) -> None:
        ImportCard(view, importing)
        BacklogCard(view, backlog)
        ReportCard(view, maker)
        voices_card(view)
        backups_card(view)

    pages.add("/data", "data", build)
    add_samples(pages)
    add_own_voices(pages)
