"""Asking before something that is not undone by a click."""

from nicegui import ui

from twin.dashboard.layout import Button, heading
from twin.dashboard.view import View
from twin.dashboard.words import Words

_NO = Words("Cancel", "取消")


async def confirmed(
    view: View, question: str, yes: str, meaning: str = "", look: str = "own-danger"
) -> bool:
    """Whether the owner says yes; closing the dialog in any other way is a no."""
    with ui.dialog() as dialog, ui.element("div").classes("own-card own-dialog"):
        dialog.props["aria-label"] = question
        heading(question, 2).classes("own-text")
        if meaning:
            ui.label(meaning).classes("own-text")
        with ui.element("div").classes("own-row"):
            Button(view.say(_NO), lambda: dialog.submit(False)).props("autofocus")
            Button(yes, lambda: dialog.submit(True)).classes(look)
        # Not before: it gives the focus back to where it was when it is gone.
        dialog.on("hide", dialog.delete)
    return await dialog is True
