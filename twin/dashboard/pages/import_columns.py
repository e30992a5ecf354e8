"""Choose what the columns of an uploaded table hold, and see its first messages."""

from collections.abc import Callable, Mapping, Sequence

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.importers.base import ImportedMessage
from storage.importers.columns.choice import FIELDS, NEEDED, Columns
from storage.importers.columns.saved import LONGEST_NAME, SavedColumns
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import Button, option, submit
from twin.dashboard.widgets.table import table
from twin.dashboard.wording import kind_in
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
_SUBMIT = """(event) => { event.preventDefault(); emit(event.target.elements.name.value); }"""


class ColumnChoice:
    """A select for each field, and the choices that were saved. `chosen` is changed in place."""

    def __init__(
        self, view: PageView, saved: SavedColumns, names: Sequence[str], chosen: Columns
    ) -> None:
        self._view, self._saved, self._names, self._chosen = view, saved, names, chosen
        with ui.element("fieldset").classes("own-choices"):
            with ui.element("legend"):
                ui.label(view.say("Columns")).classes("own-key")
            self._part = ui.element("div")
            self._status = StatusLine(view.language)
        self._draw()

    @property
    def is_whole(self) -> bool:
        """Whether there is a column for all that is needed; what lacks is told otherwise."""
        missing = [self._view.say(_LABELS[field]) for field in NEEDED if field not in self._chosen]
        if missing and self._chosen:
            self._status.warn(self._view.say("Missing: {columns}", columns=", ".join(missing)))
        return not missing

    def _draw(self) -> None:
        self._part.clear()
        with self._part:
            with self._status.refusals():
                self._list(self._saved.all())
            for field in FIELDS:
                self._select(field)
            self._naming()

    def _list(self, saved: Mapping[str, str]) -> None:
        if not saved:
            return
        with ui.element("div").classes("own-field-box"):
            ui.label(self._view.say("Saved columns")).classes("own-key")
            for name, columns in saved.items():
                ui.label(f"{name}: {columns}").classes("own-text")
                with ui.element("div").classes("own-row"):
                    self._button(N_("Use {name}"), name, self._use)
                    self._button(N_("Remove {name}"), name, self._remove)

    def _button(self, said: str, name: str, act: Callable[[str], None]) -> None:
        Button(self._view.say(said, name=name), lambda: act(name)).classes("own-text")

    def _use(self, name: str) -> None:
        with self._status.refusals():
            columns = self._saved.find_saved(name)
            self._chosen.clear()
            self._chosen.update(columns)
            self._draw()
            self._status.tell(self._view.say("Columns chosen as in {name}.", name=name))

    def _remove(self, name: str) -> None:
        with self._status.refusals():
            self._saved.remove(name)
            self._draw()
            self._status.tell(self._view.say("{name} is removed.", name=name))

    def _select(self, field: str) -> None:
        # A saved choice may name a column that this file has not.
        names = list(dict.fromkeys([*self._names, *self._chosen.values()]))

        def changed(event: GenericEventArguments) -> None:
            if str(event.args) in names:
                self._chosen[field] = str(event.args)
            else:
                self._chosen.pop(field, None)

        with ui.element("div").classes("own-field-box"):
            with ui.element("label").props(f"for=import-column-{field}"):
                ui.label(self._view.say(_LABELS[field])).classes("own-key")
            select = ui.element("select").classes("own-select").props(f"id=import-column-{field}")
            with select:
                none = N_("choose a column") if field in NEEDED else N_("no column")
                option("", self._view.say(none), chosen=field not in self._chosen)
                for name in names:
                    option(name, name, chosen=self._chosen.get(field) == name)
            select.on("change", changed, js_handler="(event) => emit(event.target.value)")

    def _naming(self) -> None:
        with ui.element("div").classes("own-field-box"):
            with ui.element("label").props("for=import-columns-name"):
                ui.label(self._view.say("Save these columns as")).classes("own-key")
            form = ui.element("form").classes("own-row")
            form.on("submit", self._save, js_handler=_SUBMIT)
            with form:
                field = ui.element("input").props("type=text name=name autocomplete=off required")
                field.props["id"], field.props["maxlength"] = "import-columns-name", LONGEST_NAME
                submit(self._view.say("Save columns"))

    def _save(self, event: GenericEventArguments) -> None:
        name = str(event.args).strip()
        if not self.is_whole:
            return
        with self._status.refusals():
            self._saved.save(name, self._chosen)
            self._draw()
            self._status.tell(self._view.say("Columns saved as {name}.", name=name))


def preview_table(view: PageView, messages: Sequence[ImportedMessage]) -> None:
    if messages:
        rows = (_cells(view, message) for message in messages)
        table(view, N_("The first messages"), _HEADINGS, rows, "own-text")


def _cells(view: PageView, message: ImportedMessage) -> tuple[str, ...]:
    kind = kind_in(view.language, message.kind)
    said = " ".join(message.text.split())
    short = said if len(said) <= _SHOWN_CHARS else f"{said[: _SHOWN_CHARS - 1]}…"
    return view.when(message.sent_at), message.chat_name, message.sender_name, kind, short
