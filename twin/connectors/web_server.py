"""The server under the web pages: uvicorn in the bot's own loop, on a socket of ours."""

import contextlib
import os
import socket
from collections.abc import Callable, Generator

import uvicorn

from storage.errors import TwinError


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
