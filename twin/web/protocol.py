"""Limit what one connection may cost: its headers, the time it takes, and how many there are.

uvicorn itself waits for headers and bodies for as long as somebody sends them, and takes every
connection until the process has no file descriptor left.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_BYTES = 32_768
HEADER_SECONDS = 10.0
BODY_SECONDS = 60.0
BODY_BYTES = 60_000  # in that time: an export of a gigabyte may take hours, a body may not stop
STALLED_SECONDS = 60.0  # of a response that nobody reads
MOST_CONNECTIONS = 800


class LimitedProtocol(H11Protocol):
    """One HTTP connection with deadlines. A connection that breaks one is closed without a word.

    Above `MOST_CONNECTIONS`, the one that has kept the server waiting longest makes room.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._watched: object = None
        self._deadline: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._since = self.loop.time()
        self._received = 0  # since the deadline was set

    @property
    def waits_since(self) -> float | None:
        """Since when the server waits for a whole request, by the loop's clock; None: not now."""
        return self._since if self._deadline is not None else None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()
        if len(self.connections) > MOST_CONNECTIONS:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        self._cancel_stalled()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._unwatch()
        super().handle_websocket_upgrade(event)
        self._watched = self.conn.their_state  # the websocket's protocol has it from here on

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(STALLED_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._cancel_stalled()

    def _watch(self) -> None:
        """Set the deadline of what the client is to send next, once for each state."""
        state = self.conn.their_state
        if state is self._watched:
            return
        self._unwatch()
        self._watched = state
        if self.transport.is_closing():
            return
        if state is h11.IDLE:
            self._set_deadline(HEADER_SECONDS, self.transport.abort)
        elif state is h11.SEND_BODY:
            self._set_deadline(BODY_SECONDS, self._check_body)

    def _set_deadline(self, seconds: float, action: Callable[[], None]) -> None:
        self._since, self._received = self.loop.time(), 0
        self._deadline = self.loop.call_later(seconds, action)

    def _check_body(self) -> None:
        """Close the connection unless the body goes on, or waits for us to read it."""
        if self._received >= BODY_BYTES or self.flow.read_paused:
            self._set_deadline(BODY_SECONDS, self._check_body)
        else:
            self.transport.abort()

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cancel_stalled(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _make_room(self) -> None:
        waiting = [
            (since, connection)
            for connection in self.connections
            if isinstance(connection, LimitedProtocol)
            and (since := connection.waits_since) is not None
        ]
        _, longest = min(waiting, key=lambda pair: pair[0], default=(0.0, self))
        self.connections.discard(longest)
        longest.transport.abort()
