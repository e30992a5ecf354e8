"""The owner's pages as a part of the web application."""

from collections.abc import Callable

from fastapi import FastAPI

from twin.dashboard import data, overview, settings
from twin.dashboard.doors import Doors
from twin.dashboard.gate import OwnerGate
from twin.dashboard.house import House
from twin.dashboard.login import add_login
from twin.dashboard.pages import Pages

PAGES: tuple[Callable[[Pages], None], ...] = (overview.add, data.add, settings.add)


def add_dashboard(app: FastAPI, house: House, doors: Doors) -> None:
    """The pages, the login before them, and the gate that everything else is behind."""
    add_login(app, doors)
    pages = Pages(house, doors)
    for add in PAGES:
        add(pages)
    app.add_middleware(OwnerGate, doors=doors)
