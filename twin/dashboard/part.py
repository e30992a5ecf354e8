"""The owner's pages as a part of the web application."""

from collections.abc import Callable

from fastapi import FastAPI

from twin.dashboard import (
    chats,
    conversation,
    data,
    drafts,
    overview,
    settings,
    training,
    trying,
)
from twin.dashboard.doors import Doors
from twin.dashboard.gate import OwnerGate
from twin.dashboard.house import House
from twin.dashboard.login import add_login
from twin.dashboard.media import add_media
from twin.dashboard.pages import Pages
from twin.dashboard.training_report import serve_report

PAGES: tuple[Callable[[Pages], None], ...] = (
    overview.add,
    chats.add,
    conversation.add,
    drafts.add,
    training.add,
    data.add,
    trying.add,
    settings.add,
)


def add_dashboard(app: FastAPI, house: House, doors: Doors) -> None:
    """The pages, the login before them, and the gate that everything else is behind."""
    add_login(app, doors)
    add_media(app, house)
    pages = Pages(house, doors)
    for add in PAGES:
        add(pages)
    serve_report(app, house)
    app.add_middleware(OwnerGate, doors=doors)
