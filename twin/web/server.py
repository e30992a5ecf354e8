"""The one web application: NiceGUI below, and what each part of the program puts in.

Imported only when pages are served: NiceGUI takes a second to load.
"""

import contextlib
import os
import socket
from collections.abc import Callable, Generator, Sequence
from functools import cache

import uvicorn
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from nicegui import app as nicegui_app
from nicegui import ui

from storage.errors import TwinError
from twin.web.security import AllowedHosts, SecurityMiddleware

RECONNECT_S = 20.0  # how long a tab that lost its connection is kept, with what it missed
COMPRESSED_FROM = 1024
VIEWPORT = (
    "width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
)
# Adds its routes, NiceGUI pages and middleware.
Part = Callable[[FastAPI], None]


class Server(uvicorn.Server):
    """uvicorn inside the bot's loop: Ctrl+C belongs to the bot, and the start is announced."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or TwinError when the address is taken or not ours."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _cannot_listen(host, port, error) from error
    try:
        # On Windows SO_REUSEADDR would share the port with another program instead.
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise _cannot_listen(host, port, error) from error
    return listener


def _cannot_listen(host: str, port: int, error: OSError) -> TwinError:
    return TwinError(
        f"[web] {host}:{port}: can't listen there ({error.strerror or error}); set another port "
        "under [web] in config.toml, or stop the program that uses it"
    )


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
    app.add_middleware(SecurityMiddleware, names=AllowedHosts(names))
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM)
    return app
