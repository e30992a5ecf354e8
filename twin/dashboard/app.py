"""Add the dashboard to the web application."""

from collections.abc import Callable
from functools import partial

from fastapi import FastAPI

from twin.dashboard.auth.login import add_login
from twin.dashboard.auth.middleware import OwnerMiddleware
from twin.dashboard.auth.sessions import OwnerAuth
from twin.dashboard.context import DashboardContext
from twin.dashboard.installed import add_installed
from twin.dashboard.page import Pages
from twin.dashboard.pages import (
    backup,
    blind,
    chats,
    drafts,
    imports,
    memory,
    notifications,
    overview,
    people,
    playground,
    settings,
    setup,
    training,
)
from twin.dashboard.pages.backup import add_download
from twin.dashboard.pages.imports import Importing
from twin.dashboard.pages.media import add_media
from twin.dashboard.pages.notifications import add_renewal
from twin.dashboard.pages.runs import serve_report
from twin.dashboard.pages.setup import home_of

PAGES: tuple[Callable[[Pages], None], ...] = (
    overview.add,
    chats.add,
    people.add,
    drafts.add,
    memory.add,
    training.add,
    playground.add,
    blind.add,
    settings.add,
    notifications.add,
)


def add_dashboard(app: FastAPI, context: DashboardContext, auth: OwnerAuth) -> None:
    """The pages, the login before them, and the gate that everything else is behind."""
    add_login(app, auth, partial(home_of, context))
    add_installed(app)
    add_media(app, context)
    add_download(app, context)
    add_renewal(app, context)
    pages = Pages(context, auth)
    for add in PAGES:
        add(pages)
    importing = Importing(context)
    imports.add(pages, importing)
    backup.add(pages)
    setup.add(pages, importing)
    serve_report(app, context)
    app.add_middleware(OwnerMiddleware, auth=auth, pages=pages.open)
