"""Settings page: a field for each setting, with its explanation and what is wrong with it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.errors import TwinError
from twin.config.connector_sections import connector_sections
from twin.config.edit import change
from twin.config.fields import Setting, all_settings
from twin.config.file_lock import in_turn
from twin.config.load import load_config
from twin.config.schema import Config
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.static import STATIC
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import card, explanation, heading, link, option
from twin.dashboard.wording import error_in
from twin.language import N_, Language

_NOW = N_("Takes effect immediately.")
_NEXT_RUN = N_("Takes effect with the next training run.")
_BOTH = N_("Takes effect with the next training run, and in replies after a restart.")
_RESTART = N_("Takes effect after a restart.")
_SEARCH = (STATIC / "settings.js").read_text(encoding="utf-8")
_READ_AT_START = (_RESTART, _BOTH)

# In this order on the page: what a section is called, and when a change counts.
SECTIONS: Mapping[str, tuple[str, str]] = {
    "owner": (
        N_("You"),
        _BOTH,
    ),
    "reply": (N_("Replies"), _RESTART),
    "policy": (N_("When not to reply"), _RESTART),
    "schedule": (N_("Nightly training"), _RESTART),
    "privacy": (N_("Privacy"), _NEXT_RUN),
    "dataset": (
        N_("Samples"),
        _BOTH,
    ),
    "quality": (N_("Answers to learn from"), _NEXT_RUN),
    "train": (N_("Training"), _NEXT_RUN),
    "memory": (N_("Memory"), _BOTH),
    "media": (N_("Voices and pictures"), _BOTH),
    "judge": (N_("When an adapter goes live"), _NEXT_RUN),
    "import": (N_("Import"), _NOW),
    "backup": (N_("Backups"), _NOW),
    **{one.section: (one.title, _RESTART) for one in connector_sections()},
    "api": (N_("API"), _RESTART),
    "web": (N_("Web pages"), _RESTART),
    "model": (N_("Model"), _RESTART),
    "engine": (N_("Server that answers"), _RESTART),
    "speech": (N_("Server that speaks"), _RESTART),
    "paths": (N_("Data folder"), _RESTART),
}

Keep = Callable[[Setting, str | bool], Awaitable[None]]


def show_name(view: PageView, setting: Setting) -> None:
    """With the key behind it, which is what the file and the command line say."""
    ui.label(_name_in(view.language, setting))
    ui.label(setting.name).classes("own-faint own-small").props("lang=en")


def _name_in(language: Language, setting: Setting) -> str:
    return language.find(setting.key, "setting") or setting.title


def _default_in(language: Language, setting: Setting) -> str:
    if setting.kind == "switch":
        shown = language.say(N_("on") if setting.default else N_("off"))
    elif setting.kind == "list":
        shown = language.say(", ").join(setting.default)
    elif isinstance(setting.default, float):
        shown = f"{setting.default:g}"
    else:
        shown = setting.typed(setting.default)
    return language.say("Default: {value}", value=shown or language.say("empty"))


def _note_in(language: Language, setting: Setting) -> str:
    """By the key: the owner may have changed the comments, which are its English."""
    return language.find_note(setting.key) or setting.note


class SettingField:
    """`keep` writes what was typed, or raises TwinError with the reason to show."""

    def __init__(self, view: PageView, setting: Setting, value: Any, keep: Keep) -> None:
        self._view, self._setting, self._keep = view, setting, keep
        self._id = setting.key.replace(".", "-")
        with ui.element("div").classes("own-field-box"):
            name = ui.element("label").classes("own-key")
            name.props["for"] = self._id
            with name:
                show_name(view, setting)
            self._control = self._make(value)
            self._describe()
            self._status = StatusLine(view.language, look="own-faint")
            self._status.label.props(f'id="{self._id}-said"')

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
            mode = "text" if setting.choices else modes.get(setting.kind, "text")
            control.props["inputmode"] = mode
        control.props["id"] = self._id
        control.props["aria-describedby"] = f"{self._id}-note {self._id}-said"
        what = "checked" if setting.kind == "switch" else "value"
        control.on("change", self._changed, js_handler=f"(event) => emit(event.target.{what})")
        return control

    def _describe(self) -> None:
        with ui.element("div").props(f'id="{self._id}-note"').classes("own-faint own-text"):
            if note := _note_in(self._view.language, self._setting):
                explanation(note)
            if self._setting.kind == "list":
                ui.label(self._view.say("One per line."))
            ui.label(_default_in(self._view.language, self._setting)).classes("own-small")

    async def _changed(self, event: GenericEventArguments) -> None:
        typed = event.args
        if not isinstance(typed, bool if self._setting.kind == "switch" else str):
            return
        self._remember(typed)
        try:
            await self._keep(self._setting, typed)
        except TwinError as error:
            self._status.refuse(error)
            self._control.props["aria-invalid"] = "true"
        else:
            self._status.tell(self._view.say("Saved."))
            self._control.props.pop("aria-invalid", None)

    def _remember(self, typed: str | bool) -> None:
        """Keep what was typed: redrawing the control would bring back the old value."""
        if self._setting.kind == "switch":
            self._control.props["checked"] = typed
        elif self._setting.kind != "choice":
            self._control.props["value"] = typed


def add(pages: Pages) -> None:
    def build(view: PageView) -> None:
        _Settings(view)

    pages.add("/settings", "settings", build)


def _search(view: PageView) -> None:
    """It works in the browser: every setting is there already."""
    ui.add_body_html(f"<script>{_SEARCH}</script>")
    with card():
        with ui.element("label").classes("own-key").props("for=settings-search"):
            ui.label(view.say("Search settings"))
        field = ui.element("input").props("type=search autocomplete=off id=settings-search")
        field.classes("own-field")
        said = ui.element("div").props("role=status id=settings-found").classes("own-faint")
        said.props["data-none"] = view.say("No setting has these words.")


class _Settings:
    """The page in one browser. It shows what the file says, not what the bot started with."""

    def __init__(self, view: PageView) -> None:
        self._view = view
        self._path: Path = view.context.config.path
        with card():
            ui.label(
                view.say(
                    "Settings are stored in {file}. Your comments there are kept.",
                    file=self._path,
                )
            ).classes("own-faint own-text")
            with ui.element("div").classes("own-row"):
                link(view.say("Change password"), "/password")
                link(view.say("Notifications"), "/notifications")
            self._waiting = StatusLine(view.language)
        try:
            config = load_config(self._path)
        except TwinError as error:  # somebody edits it just now
            ui.label(error_in(view.language, error)).classes("own-alert").props("role=alert")
            return
        _search(view)
        sections = {
            name: [one for one in all_settings() if one.section == name] for name in SECTIONS
        }
        ordinary = [name for name, own in sections.items() if any(one.is_first for one in own)]
        for name in ordinary:
            self._section(name, sections[name], config)
        heading(view.say("More sections"), 2)
        for name in (name for name in sections if name not in ordinary):
            self._section(name, sections[name], config)
        self._show_waiting(config)

    def _section(self, name: str, settings: Sequence[Setting], config: Config) -> None:
        title, effect = SECTIONS[name]
        with ui.element("details").classes("own-card own-fold") as fold:
            fold.props["open"] = name == next(iter(SECTIONS))
            with ui.element("summary"):
                heading(self._view.say(title), 2)
                ui.label(f"[{name}]").classes("own-faint")
            if any(one.fixed is None for one in settings):
                ui.label(self._view.say(effect)).classes("own-faint")
            first = [one for one in settings if one.is_first] or settings
            self._fields(first, config)
            if len(first) < len(settings):
                with ui.element("details").classes("own-fold"):
                    with ui.element("summary"):
                        ui.label(self._view.say("More")).classes("own-key")
                    self._fields([one for one in settings if not one.is_first], config)

    def _fields(self, settings: Sequence[Setting], config: Config) -> None:
        for setting in settings:
            if setting.fixed is None:
                SettingField(self._view, setting, setting.value_in(config), self._keep)
            else:
                self._fixed(setting, config)

    def _fixed(self, setting: Setting, config: Config) -> None:
        say, value = self._view.say, setting.value_in(config)
        shown = setting.typed(value) or say("empty")
        if setting.is_secret:
            shown = say(N_("set") if value else N_("not set"))
        with ui.element("div").classes("own-field-box"):
            with ui.element("div").classes("own-spread"):
                with ui.element("div").classes("own-key"):
                    show_name(self._view, setting)
                ui.label(shown).classes("own-text")
            if note := _note_in(self._view.language, setting):
                explanation(note).classes("own-faint own-text")
            reason = setting.fixed or ""
            reason = self._view.language.find(reason, "fixed") or reason
            ui.label(say("Can only be changed in the file: {reason}.", reason=reason)).classes(
                "own-faint"
            )

    async def _keep(self, setting: Setting, typed: str | bool) -> None:
        """Raises TwinError for what can't be kept."""
        changes = {setting.key: setting.read(typed)}
        self._show_waiting(await in_turn(partial(change, self._path, changes)))

    def _show_waiting(self, config: Config) -> None:
        running = self._view.context.config
        names = [
            _name_in(self._view.language, one)
            for one in all_settings()
            if SECTIONS[one.section][1] in _READ_AT_START
            and one.value_in(config) != one.value_in(running)
        ]
        self._waiting.tell(
            self._view.say(
                "Takes effect after a restart: {names}", names=self._view.say(", ").join(names)
            )
            if names
            else ""
        )
