"""Set-up, last step: try the twin, and invite a friend."""

from nicegui import ui

from twin.dashboard.pages.new_friend import NewFriend
from twin.dashboard.pages.setup_step import SetupStep
from twin.dashboard.widgets.controls import add_style, page_status
from twin.dashboard.widgets.layout import link


def friends_part(step: SetupStep) -> None:
    view = step.view
    add_style()
    status = page_status(view)
    ui.label(
        view.say(
            "Write to the twin yourself first. Then send a friend a link: they need no account."
        )
    ).classes("own-faint")
    link(view.say("Try it"), "/try")
    NewFriend(view, status, lambda: None)
