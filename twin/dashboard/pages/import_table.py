"""Show what an import found, as a table and as lists."""

from collections.abc import Sequence

from nicegui import ui

from storage.importers.report import FileReport, ImportReport
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.table import table
from twin.dashboard.wording import kind_in
from twin.language import N_
from twin.privacy.learning import consent_notes, imported_without_consent

COLUMNS = (
    N_("Chat"),
    N_("Format"),
    N_("All"),
    N_("New"),
    N_("Already stored"),
    N_("Yours"),
    N_("Dates"),
    N_("Message types"),
)

MOST_ROWS = 200
MOST_LINES = 50


def report_table(view: PageView, report: ImportReport) -> None:
    """A row for each chat of each file."""
    rows = (_cells(view, file) for file in report.files[:MOST_ROWS])
    table(view, N_("Contents of the files"), COLUMNS, rows)
    if len(report.files) > MOST_ROWS:
        ui.label(view.say("… and {n} more", n=len(report.files) - MOST_ROWS)).classes("own-faint")


def consent_lines(view: PageView, report: ImportReport) -> list[str]:
    """What is to be done before all that is imported is learnt from, if anything is."""
    context = view.context
    chats = imported_without_consent(context.db, context.config, report.files)
    return consent_notes(view.language, chats)


def _cells(view: PageView, file: FileReport) -> tuple[str, ...]:
    kinds = sorted(file.kinds.items(), key=lambda kind: -kind[1])
    return (
        file.chat,
        file.format,
        *(view.language.number(n) for n in (file.messages, file.new, file.duplicates)),
        view.language.percent(file.owner / file.messages),
        f"{view.when(file.first_at)} – {view.when(file.last_at)}",
        ", ".join(f"{kind_in(view.language, kind)} {n}" for kind, n in kinds),
    )


def lines(view: PageView, title: str, texts: Sequence[str]) -> None:
    if not texts:
        return
    with ui.element("div"):
        ui.label(title).classes("own-key")
        with ui.element("ul").classes("own-lines"):
            for text in texts[:MOST_LINES]:
                with ui.element("li"):
                    ui.label(text).classes("own-text")
    if len(texts) > MOST_LINES:
        ui.label(view.say("… and {n} more", n=len(texts) - MOST_LINES)).classes("own-faint")
