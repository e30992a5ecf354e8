"""Settings: config.toml, one field for each of its keys; what is typed is kept at once."""

from collections.abc import Sequence
from pathlib import Path

from nicegui import ui

from storage.errors import TwinError
from twin.config import Config, load_config
from twin.config_file import change
from twin.dashboard import settings_words as words
from twin.dashboard.error_words import error_in
from twin.dashboard.layout import card, heading
from twin.dashboard.pages import Pages
from twin.dashboard.setting_texts import note_in, why_fixed_in
from twin.dashboard.settings_field import Field, show_name
from twin.dashboard.view import View
from twin.settings_list import Setting, all_settings

_READ_AT_START = (words.RESTART, words.BOTH)


def add(pages: Pages) -> None:
    def build(view: View) -> None:
        _Settings(view)

    pages.add("/settings", "settings", build)


class _Settings:
    """The page in one browser. It shows what the file says, not what the bot started with."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._path: Path = view.house.config.path
        with card():
            ui.label(view.say(words.INTRO, file=self._path)).classes("own-faint own-text")
            self._waiting = ui.label().classes("own-text").props("role=status")
        try:
            config = load_config(self._path)
        except TwinError as error:  # somebody edits it just now
            ui.label(error_in(view.language, error)).classes("own-alert").props("role=alert")
            return
        for name in words.SECTIONS:
            self._section(name, [one for one in all_settings() if one.section == name], config)
        self._show_waiting(config)

    def _section(self, name: str, settings: Sequence[Setting], config: Config) -> None:
        title, effect = words.SECTIONS[name]
        with ui.element("details").classes("own-card own-fold") as fold:
            fold.props["open"] = name == next(iter(words.SECTIONS))
            with ui.element("summary"):
                heading(self._view.say(title), 2)
                ui.label(f"[{name}]").classes("own-faint")
            if any(one.fixed is None for one in settings):
                ui.label(self._view.say(effect)).classes("own-faint")
            for setting in settings:
                if setting.fixed is None:
                    Field(self._view, setting, setting.value_in(config), self._keep)
                else:
                    self._fixed(setting, config)

    def _fixed(self, setting: Setting, config: Config) -> None:
        say, value = self._view.say, setting.value_in(config)
        shown = setting.typed(value) or say(words.NOTHING)
        if setting.is_secret:
            shown = say(words.HIDDEN if value else words.UNSET)
        with ui.element("div").classes("own-field-box"):
            with ui.element("div").classes("own-spread"):
                with ui.element("div").classes("own-key"):
                    show_name(self._view, setting)
                ui.label(shown).classes("own-text")
            if note := note_in(self._view.language, setting):
                ui.label(note).classes("own-faint own-text")
            reason = why_fixed_in(self._view.language, setting)
            ui.label(say(words.FIXED, reason=reason)).classes("own-faint")

    def _keep(self, setting: Setting, typed: str | bool) -> None:
        """Raises TwinError for what can't be kept."""
        self._show_waiting(change(self._path, {setting.key: setting.read(typed)}))

    def _show_waiting(self, config: Config) -> None:
        running = self._view.house.config
        keys = [
            one.key
            for one in all_settings()
            if words.SECTIONS[one.section][1] in _READ_AT_START
            and one.value_in(config) != one.value_in(running)
        ]
        self._waiting.text = self._view.say(words.WAITING, keys=", ".join(keys)) if keys else ""
