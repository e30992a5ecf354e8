"""One setting: its name, a control that fits it, its explanation, and what is wrong with it."""

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.errors import TwinError
from twin.dashboard import settings_words as words
from twin.dashboard.error_words import error_in
from twin.dashboard.layout import option
from twin.dashboard.setting_texts import name_in, note_in
from twin.dashboard.view import View
from twin.settings_list import Setting

Keep = Callable[[Setting, str | bool], None]


def show_name(view: View, setting: Setting) -> None:
    """With the key behind it, which is what the file and the command line say."""
    name = name_in(view.language, setting)
    ui.label(name or setting.name)
    if name is not None:
        ui.label(setting.name).classes("own-faint").props("lang=en")


class Field:
    """`keep` writes what was typed, or raises TwinError with the reason to show."""

    def __init__(self, view: View, setting: Setting, value: Any, keep: Keep) -> None:
        self._view, self._setting, self._keep = view, setting, keep
        self._id = setting.key.replace(".", "-")
        with ui.element("div").classes("own-field-box"):
            name = ui.element("label").classes("own-key")
            name.props["for"] = self._id
            with name:
                show_name(view, setting)
            self._control = self._make(value)
            self._describe()
            self._said = ui.label().props(f'role=status id="{self._id}-said"')

    def _make(self, value: Any) -> ui.element:
        setting, typed = self._setting, self._setting.typed(value)
        if setting.kind == "switch":
            control = ui.element("input").props("type=checkbox")
            control.props["checked"] = bool(value)
        elif setting.kind == "choice":
            control = ui.element("select").classes("own-select")
            with control:
                for choice in setting.choices:
                    option(choice, choice, chosen=choice == typed)
        elif setting.kind in ("list", "text"):
            control = ui.element("textarea").classes("own-field").props("rows=4")
            control.props["value"] = typed
        else:
            control = ui.element("input").props("type=text autocomplete=off")
            control.props["value"] = typed
            modes = {"whole": "numeric", "number": "decimal"}
            control.props["inputmode"] = modes.get(setting.kind, "text")
        control.props["id"] = self._id
        control.props["aria-describedby"] = f"{self._id}-note {self._id}-said"
        what = "checked" if setting.kind == "switch" else "value"
        control.on("change", self._changed, js_handler=f"(event) => emit(event.target.{what})")
        return control

    def _describe(self) -> None:
        with ui.element("div").props(f'id="{self._id}-note"').classes("own-faint own-text"):
            if note := note_in(self._view.language, self._setting):
                ui.label(note)
            if self._setting.kind == "list":
                ui.label(self._view.say(words.ONE_A_LINE))

    def _changed(self, event: GenericEventArguments) -> None:
        typed = event.args
        if not isinstance(typed, bool if self._setting.kind == "switch" else str):
            return
        self._remember(typed)
        try:
            self._keep(self._setting, typed)
        except TwinError as error:
            self._said.text = error_in(self._view.language, error)
            self._said.classes(add="own-alert", remove="own-faint")
            self._control.props["aria-invalid"] = "true"
        else:
            self._said.text = self._view.say(words.SAVED)
            self._said.classes(add="own-faint", remove="own-alert")
            self._control.props.pop("aria-invalid", None)

    def _remember(self, typed: str | bool) -> None:
        """What the browser shows: drawing the control anew would bring back what was before."""
        if self._setting.kind == "switch":
            self._control.props["checked"] = typed
        elif self._setting.kind != "choice":
            self._control.props["value"] = typed
