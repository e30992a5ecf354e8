"""How far something is, and how long it still takes."""

from collections.abc import Sequence

from nicegui import ui

from twin.dashboard.page_view import PageView


class ProgressBar:
    """A bar with a line below that is not read aloud, as it changes twice a second."""

    def __init__(self, name: str) -> None:
        self._bar = ui.element("progress").classes("own-progress").props("max=100")
        self._bar.props["aria-label"] = name
        self._line = ui.label().classes("own-faint own-text")

    def show(self, percent: float, parts: Sequence[str]) -> None:
        self._bar.props["value"] = percent
        self._line.text = " · ".join(parts)


def time_left(view: PageView, seconds: float) -> str:
    """In seconds or minutes."""
    if seconds < 60:
        time = view.say("{n} s", n=max(1, round(seconds)))
    else:
        time = view.say("{n} min", n=round(seconds / 60))
    return view.say("about {time} left", time=time)
