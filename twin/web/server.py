"""The web server: one port for the friends' page, the dashboard and the API."""

import asyncio
import contextlib
import ipaddress
import os
import socket
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING

import uvicorn

from storage.errors import TwinError
from twin.config.schema import WebSettings

if TYPE_CHECKING:
    from fastapi import FastAPI

GRACE_S = 1  # how long open pages may hold up the end


class WebServer:
    """Serves on the address of [web] whatever was added. It can run again after its end."""

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._added: list[Callable[[FastAPI], None]] = []
        self._port = settings.port
        self._listener: socket.socket | None = None
        self._uvicorn: _Uvicorn | None = None
        self._up, self._down = asyncio.Event(), asyncio.Event()
        self._down.set()

    def add(self, add: "Callable[[FastAPI], None]") -> None:
        """Have it add its routes, NiceGUI pages and middleware, from the next start on."""
        self._added.append(add)

    @property
    def address(self) -> str:
        """Where browsers find the pages. The port is the bound one once `bind` was called."""
        host = self._settings.host
        if host in ("0.0.0.0", "::", ""):
            host = _lan_address()
        return f"http://{f'[{host}]' if ':' in host else host}:{self._port}"

    @property
    def public_address(self) -> str:
        """Where friends find the pages: behind a proxy with HTTPS under the first name."""
        settings = self._settings
        is_behind = settings.names and settings.proxies
        return f"https://{settings.names[0]}" if is_behind else self.address

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    async def up(self) -> None:
        """Wait until pages are served."""
        await self._up.wait()

    async def down(self) -> None:
        """Wait until no pages are served."""
        await self._down.wait()

    def bind(self) -> None:
        """Take the port; `run` does it too. Raises TwinError when it is in use."""
        if self._listener is None:
            self._listener = _listen(self._settings.host, self._settings.port)
            self._port = self._listener.getsockname()[1]

    async def run(self) -> None:
        """Serve until `stop`. Raises TwinError when the port is taken."""
        from twin.web.app import make_app
        from twin.web.protocol import HEADER_BYTES, LimitedProtocol
        from twin.web.sockets import MESSAGE_BYTES

        self.bind()
        assert self._listener is not None
        config = uvicorn.Config(
            make_app(self._added, self._settings),
            log_config=None,  # the bot's own logging stays as it is
            log_level="error",  # its warnings are of what strangers send, a line each time
            access_log=False,  # the addresses are secrets
            server_header=False,
            proxy_headers=bool(self._settings.proxies),
            forwarded_allow_ips=_also_mapped(self._settings.proxies),
            http=LimitedProtocol,
            h11_max_incomplete_event_size=HEADER_BYTES,
            ws_max_size=MESSAGE_BYTES,
            timeout_graceful_shutdown=GRACE_S,
        )
        self._down.clear()
        self._uvicorn = server = _Uvicorn(config, self._up.set)
        serving = asyncio.create_task(server.serve([self._listener]), name="uvicorn")
        try:
            # asyncio.wait, unlike await, leaves the server running when this task is cancelled:
            # it is to close its pages in order.
            await asyncio.wait([serving])
            serving.result()
            if not self.is_up:
                raise TwinError(
                    "[web]: the pages could not be started; run with --debug to see why"
                )
        finally:
            server.should_exit = True
            await asyncio.gather(serving, return_exceptions=True)
            self._close()

    async def stop(self) -> None:
        """End `run`, or give the port back. Harmless at any time."""
        if self._uvicorn is None:
            self._close()
        else:
            self._uvicorn.should_exit = True
            await self._down.wait()

    def _close(self) -> None:
        if self._listener is not None:
            self._listener.close()
        self._listener = self._uvicorn = None
        self._up.clear()
        self._down.set()


class _Uvicorn(uvicorn.Server):
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


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, or TwinError when the address is taken or not ours."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # "::" is every address, IPv4's too.
        both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
        return socket.create_server(address, family=family, backlog=128, dualstack_ipv6=both)
    except OSError as error:
        # create_server puts the address behind what the system says.
        errno = None if isinstance(error, socket.gaierror) else error.errno
        reason = error.strerror or error if errno is None else os.strerror(errno)
        raise TwinError(
            f"[web] {host}:{port}: can't listen there ({reason}); set another port "
            "under [web] in config.toml, or stop the program that uses it"
        ) from error


def _also_mapped(networks: Sequence[str]) -> list[str]:
    """The networks, IPv4's also as a socket for both kinds of addresses names them."""
    mapped = [
        f"::ffff:{found.network_address}/{96 + found.prefixlen}"
        for found in map(ipaddress.ip_network, networks)
        if found.version == 4
    ]
    return [*networks, *mapped]


def _lan_address() -> str:
    """This machine's address in its own network; no packet is sent to find it."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1"
