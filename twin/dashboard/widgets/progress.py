"""How far something is, and how long it still takes."""

from collections.abc import Sequence

from nicegui import ui

from twin.language import Language


class ProgressBar:
    """A bar with a line below that is not read aloud, as it changes twice a second."""

    def __init__(self, name: str) -> None:
        self._bar = ui.element("progress").classes("own-progress").props("max=100")
        self._bar.props["aria-label"] = name
        self._line = ui.label().classes("own-faint own-text")

    def set_visibility(self, on: bool) -> None:
        self._bar.set_visibility(on)
        self._line.set_visibility(on)

    def show(self, percent: float, parts: Sequence[str]) -> None:
        self._bar.props["value"] = percent
        self._line.text = " · ".join(parts)


def time_left(language: Language, seconds: float) -> str:
    """In seconds or minutes."""
    say = language.say
    if seconds < 60:
        time = say("{n} s", n=max(1, round(seconds)))
    else:
        time = say("{n} min", n=round(seconds / 60))
    return say("about {time} left", time=time)
