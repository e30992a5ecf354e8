"""Ask whether two chats of an import are one."""

from collections.abc import Callable, Sequence
from functools import partial

from nicegui import ui

from storage.importers.same_chats import DoubledChat
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.layout import Button

MOST_ASKED = 50


def which_are_one(
    view: PageView, doubles: Sequence[DoubledChat], told: Callable[[str], None]
) -> None:
    """A question for each two, with a button that says yes; `told` gets what the owner says."""
    if not doubles:
        return
    say = view.say
    with ui.element("fieldset").classes("own-choices"):
        with ui.element("legend"):
            ui.label(say("Is this one chat under two names or ids?")).classes("own-key")
        for double in doubles[:MOST_ASKED]:
            names = {"old": double.old, "new": double.new}
            with ui.element("div").classes("own-row"):
                same = view.say_n(
                    "{old} and {new}: {n} message is the same",
                    "{old} and {new}: {n} messages are the same",
                    double.shared,
                    **names,
                )
                ui.label(same).classes("own-text")
                yes = say("One chat: keep {old} as {new}", **names)
                Button(yes, partial(told, double.same)).classes("own-text")


def told_same(view: PageView, same: Sequence[str], took_back: Callable[[str], None]) -> None:
    """What the owner has said, each with a button that takes it back."""
    for one in same:
        with ui.element("div").classes("own-row"):
            ui.label(view.say("One chat: {names}", names=one)).classes("own-text")
            two = view.say("Two chats: {names}", names=one)
            Button(two, partial(took_back, one)).classes("own-text")
