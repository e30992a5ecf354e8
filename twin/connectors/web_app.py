"""The one web application: NiceGUI below, and what each part of the program puts in.

Imported only when pages are served: NiceGUI takes a second to load.
"""

from collections.abc import Callable, Sequence
from functools import cache

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from nicegui import app as nicegui_app
from nicegui import ui

from twin.connectors.web_guard import WebGuard
from twin.connectors.web_origins import Names

RECONNECT_S = 20.0  # how long a tab that lost its connection is kept, with what it missed
COMPRESSED_FROM = 1024
VIEWPORT = (
    "width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
)
# Adds its routes, NiceGUI pages and middleware.
Part = Callable[[FastAPI], None]


@cache
def _nicegui() -> tuple[FastAPI, int]:
    """NiceGUI has one app per process: it is set up once. With how many routes it begins."""
    base = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    ui.run_with(
        base,
        title="Chat",
        viewport=VIEWPORT,
        favicon="💬",
        dark=None,
        binding_refresh_interval=None,
        reconnect_timeout=RECONNECT_S,
        gzip_middleware_factory=None,  # one for all parts, in `make_app`
        tailwind=False,
        show_welcome_message=False,
    )
    return base, len(nicegui_app.routes)


def make_app(parts: Sequence[Part], names: Sequence[str]) -> FastAPI:
    """A fresh application of these parts, reached under these names and any address.

    A part's middleware is inside of the guard, and the later part's inside of the earlier one's.
    """
    base, own_routes = _nicegui()
    del nicegui_app.router.routes[own_routes:]  # the pages of an earlier start
    app = FastAPI(
        docs_url=None, redoc_url=None, openapi_url=None, lifespan=base.router.lifespan_context
    )
    for part in parts:
        part(app)
    # Last, since NiceGUI answers every address that is left.
    app.mount("/", nicegui_app)
    app.add_middleware(WebGuard, names=Names(names))
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM)
    return app
