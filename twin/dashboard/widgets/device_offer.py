"""Offer the owner to be told on a device: until there is one, or they said no once."""

from nicegui import ui

from storage.notice_kinds import decline_offer, is_offer_declined
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.layout import Button, link


def offer_devices(view: PageView) -> None:
    db = view.context.db
    if is_offer_declined(db) or view.context.devices.all():
        return

    def decline() -> None:
        decline_offer(db)
        line.set_visibility(False)

    with ui.element("div").classes("own-row own-faint") as line:
        link(view.say("Be told of drafts on your phone"), "/notifications")
        Button(view.say("No, thanks"), decline)
