"""A table of plain values, and a cell of any table."""

from collections.abc import Iterable, Sequence

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from twin.dashboard.page_view import PageView


def table(
    view: PageView,
    caption: str,
    headings: Sequence[str],
    rows: Iterable[Iterable[str]],
    look: str = "",
) -> None:
    """It scrolls by itself where it is too wide. `caption` and `headings` are translated here.

    `look` is the class of the cells' labels.
    """
    box = ui.element("div").classes("own-scroll").props("tabindex=0 role=region")
    box.props["aria-label"] = view.say(caption)
    with box, ui.element("table").classes("own-table"):
        with ui.element("thead"), ui.element("tr"):
            for heading in headings:
                with ui.element("th").props("scope=col"):
                    ui.label(view.say(heading))
        with ui.element("tbody"):
            for values in rows:
                with ui.element("tr"):
                    for value in values:
                        with ui.element("td"):
                            ui.label(value).classes(look)


class FoldedTable:
    """The figures of a drawing, for those who want them or don't see it. It stays as it was opened
    when it is filled anew.
    """

    def __init__(self, view: PageView) -> None:
        self._view = view
        with ui.element("details").classes("own-fold") as self.element:
            with ui.element("summary"):
                ui.label(view.say("As a table"))
            self._box = ui.element("div")

    def fill(self, caption: str, headings: Sequence[str], rows: Iterable[Iterable[str]]) -> None:
        """As `table`."""
        self._box.clear()
        with self._box:
            table(self._view, caption, headings, rows)


def cell(tag: str, text: str) -> TextElement:
    """`tag`: "th" or "td"."""
    return TextElement(tag=tag, text=text)
