"""Asking before something that is not undone by a click."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from twin.dashboard.layout import heading


def ask_first(question: str, yes: str, no: str, act: Callable[[], Awaitable[None] | None]) -> None:
    """Open a dialog; `act` only when the owner says yes. Escape says no."""
    with ui.dialog() as dialog, ui.element("div").classes("own-card"):
        dialog.props["aria-label"] = question
        dialog.on("hide", dialog.delete)
        heading(question, 2)

        async def agree() -> None:
            dialog.close()
            done = act()
            if done is not None:
                await done

        with ui.element("div").classes("own-row"):
            button(no, dialog.close).props["autofocus"] = True
            button(yes, agree).classes("own-strong")
    dialog.open()


def button(text: str, act: Callable[[], Awaitable[None] | None]) -> ui.element:
    element = ui.element("button").classes("own-button").props("type=button")
    with element:
        ui.label(text)
    element.on("click", lambda: act())
    return element
