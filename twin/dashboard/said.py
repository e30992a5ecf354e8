"""The line that says what an action did; a screen reader reads it out."""

from nicegui import ui

from storage.errors import TwinError
from twin.dashboard.error_words import error_in
from twin.dashboard.words import Language


class Said:
    """Empty until something happened."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._label = ui.label().classes("own-said own-text").props("role=status")

    def done(self, text: str) -> None:
        self._label.classes(remove="own-alert")
        self._label.text = text

    def refused(self, error: TwinError) -> None:
        self._label.classes(add="own-alert")
        self._label.text = error_in(self._language, error)
