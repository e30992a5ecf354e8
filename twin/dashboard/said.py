"""The line that says what an action did; a screen reader reads it out."""

from nicegui import ui

from storage.errors import TwinError


class Said:
    """Empty until something happened."""

    def __init__(self) -> None:
        self._label = ui.label().classes("own-said own-text").props("role=status")

    def done(self, text: str) -> None:
        self._label.classes(remove="own-alert")
        self._label.text = text

    def refused(self, error: TwinError) -> None:
        self._label.classes(add="own-alert")
        self._label.text = str(error)
