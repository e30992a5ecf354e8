"""The one web application: NiceGUI below, and what each part of the program adds.

Imported only when pages are served: NiceGUI takes a second to load.
"""

import logging
from collections.abc import Callable, Sequence
from functools import cache

from fastapi import FastAPI, Request
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import PlainTextResponse
from nicegui import app as nicegui_app
from nicegui import ui
from nicegui.client import Client

from twin.config.schema import WebSettings
from twin.web.disconnects import QuietDisconnects
from twin.web.hints import Hints
from twin.web.security import AllowedHosts, SecurityMiddleware
from twin.web.sockets import SocketGuard
from twin.web.unopened_pages import UnopenedPages

RECONNECT_S = 20.0  # how long a tab that lost its connection is kept, with what it missed
COMPRESSED_FROM = 1024
VIEWPORT = (
    "width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
)


def make_app(added: Sequence[Callable[[FastAPI], None]], settings: WebSettings) -> FastAPI:
    """A fresh application with what was added, reached under the names of [web] and any address.

    Middleware that is added stands behind the security's, and the later behind the earlier.
    """
    base, own_routes = _nicegui()
    _drop_pages()
    del nicegui_app.router.routes[own_routes:]  # the pages of an earlier start
    nicegui_app.add_exception_handler(404, _not_found)
    nicegui_app.middleware_stack = None  # it is built again, with the handlers of this start
    app = FastAPI(
        docs_url=None, redoc_url=None, openapi_url=None, lifespan=base.router.lifespan_context
    )
    for add in added:
        add(app)
    # Last, since NiceGUI answers every address that is left.
    app.mount("/", nicegui_app)
    app.add_middleware(UnopenedPages)
    app.add_middleware(QuietDisconnects)
    app.add_middleware(SocketGuard, knows_page=lambda page: page in Client.instances)
    app.add_middleware(
        SecurityMiddleware,
        names=AllowedHosts([*settings.names, settings.host]),
        hints=Hints(settings.names, settings.proxies),
    )
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM)
    return app


@cache
def _nicegui() -> tuple[FastAPI, int]:
    """NiceGUI has one app per process: it is set up once. With how many routes it begins."""
    for library in ("engineio.server", "socketio.server"):
        # Their own handlers write what strangers send as it came, escapes and line breaks too.
        logging.getLogger(library).handlers.clear()
    base = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    ui.run_with(
        base,
        title="Chat",
        viewport=VIEWPORT,
        favicon="💬",
        dark=None,
        binding_refresh_interval=None,
        reconnect_timeout=RECONNECT_S,
        gzip_middleware_factory=None,  # one for everything, in `make_app`
        tailwind=False,
        show_welcome_message=False,
    )
    return base, len(nicegui_app.routes)


def _drop_pages() -> None:
    """Forget the open pages of an earlier start: nothing reaches them, so browsers load anew."""
    for client in list(Client.instances.values()):
        client.delete()


async def _not_found(request: Request, _error: Exception) -> PlainTextResponse:
    return PlainTextResponse("there is nothing here\n", status_code=404)
