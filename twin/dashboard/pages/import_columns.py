"""Choose what the columns of an uploaded table hold, and see its first messages."""

from collections.abc import Sequence

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.importers.base import ImportedMessage
from storage.importers.columns.choice import FIELDS, NEEDED, Columns
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.chats import KINDS
from twin.dashboard.widgets.layout import option
from twin.dashboard.widgets.table import table
from twin.language import N_

_LABELS = {
    "time": N_("When it was sent"),
    "sender": N_("Who wrote it"),
    "text": N_("What was written"),
    "date": N_("The day, if it has a column of its own"),
    "chat": N_("The chat, if there are several"),
    "kind": N_("The type of message, if there is one"),
    "owner": N_("Whether it is yours, if there is such a column"),
}
_HEADINGS = (N_("Time"), N_("Chat"), N_("Sender"), N_("Type"), N_("Text"))
_SHOWN_CHARS = 80


def choose_columns(view: PageView, names: Sequence[str], chosen: Columns) -> None:
    """A select for each field; `chosen` is changed in place."""
    with ui.element("fieldset").classes("own-choices"):
        with ui.element("legend"):
            ui.label(view.say("If it is a table, choose its columns")).classes("own-key")
        for field in FIELDS:
            _select(view, field, names, chosen)


def _select(
    view: PageView,
    field: str,
    names: Sequence[str],
    chosen: Columns,
) -> None:
    def changed(event: GenericEventArguments) -> None:
        if str(event.args) in names:
            chosen[field] = str(event.args)
        else:
            chosen.pop(field, None)

    with ui.element("div").classes("own-field-box"):
        with ui.element("label").props(f"for=import-column-{field}"):
            ui.label(view.say(_LABELS[field])).classes("own-key")
        select = ui.element("select").classes("own-select").props(f"id=import-column-{field}")
        with select:
            none = N_("choose a column") if field in NEEDED else N_("no column")
            option("", view.say(none), chosen=field not in chosen)
            for name in names:
                option(name, name, chosen=chosen.get(field) == name)
        select.on("change", changed, js_handler="(event) => emit(event.target.value)")


def preview_table(view: PageView, messages: Sequence[ImportedMessage]) -> None:
    if messages:
        rows = (_cells(view, message) for message in messages)
        table(view, N_("The first messages"), _HEADINGS, rows, "own-text")


def _cells(view: PageView, message: ImportedMessage) -> tuple[str, ...]:
    kind = view.say(KINDS.get(message.kind, KINDS["other"]))
    said = " ".join(message.text.split())
    short = said if len(said) <= _SHOWN_CHARS else f"{said[: _SHOWN_CHARS - 1]}…"
    return view.when(message.sent_at), message.chat_name, message.sender_name, kind, short
