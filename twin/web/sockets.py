"""Decide which socket messages reach the pages: known events, small, for the socket's own page.

NiceGUI and socket.io take more than pages need: binary events whose attachments are kept until all
have come, a `log` event that writes a visitor's text to the log, sockets that never name a page.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from pydantic import BaseModel, ConfigDict, Json, ValidationError
from socketio.packet import CONNECT, DISCONNECT, EVENT, Packet
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

SOCKETS = "/_nicegui_ws/"
MESSAGE_BYTES = 100_000
HANDSHAKE_SECONDS = 10.0
MOST_UNNAMED = 100  # sockets that name no page: of a bot that was started again meanwhile
MOST_OF_PAGE = 8  # a tab that lost its connection may still have old ones
EVENTS_PER_SECOND = 50


class _Named(BaseModel):
    """What every event holds: the page that it is for."""

    model_config = ConfigDict(strict=True)

    client_id: str


class _Handshake(_Named):
    tab_id: str
    document_id: str
    next_message_id: int | None = None


class _Event(_Named):
    id: int
    listener_id: str
    args: list[Json[Any] | None] = []


class _JavascriptResponse(_Named):
    request_id: str


class _Ack(_Named):
    next_message_id: int


# The events of NiceGUI's pages. A value of another kind would be a traceback in the log.
EVENTS: dict[str, type[_Named]] = {
    "handshake": _Handshake,
    "event": _Event,
    "javascript_response": _JavascriptResponse,
    "ack": _Ack,
}
_END = "1"
_MESSAGE = "4"
_CONTROL = ("1", "2", "2probe", "3", "3probe", "5", "6")  # engine.io's own, as browsers send them


@dataclass(eq=False)
class _Socket:
    """An open websocket. A token bucket counts what it sends."""

    send: Send
    allowance: float = EVENTS_PER_SECOND
    at: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    def is_too_fast(self) -> bool:
        now = asyncio.get_running_loop().time()
        earned = (now - self.at) * EVENTS_PER_SECOND
        self.allowance = min(EVENTS_PER_SECOND, self.allowance + earned) - 1
        self.at = now
        return self.allowance < 0


class SocketGuard:
    """ASGI middleware. `knows_page` says whether a page of that id was served and is still kept.

    A socket that breaks a rule is closed. Where there are too many, the oldest makes room.
    """

    def __init__(self, app: ASGIApp, knows_page: Callable[[str], bool]) -> None:
        self._app, self._knows_page = app, knows_page
        self._open: defaultdict[str, list[_Socket]] = defaultdict(list)
        self._closing: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"].startswith(SOCKETS):
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(SOCKETS):
            await self._polling(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = _Socket(send)
        page = page_of(scope)
        is_known = self._knows_page(page)
        sockets = self._open[page if is_known else ""]
        deadline = asyncio.get_running_loop().call_later(
            HANDSHAKE_SECONDS, self._close, socket, "it named no page"
        )
        if is_known:
            deadline.cancel()
        sockets.append(socket)
        if len(sockets) > (MOST_OF_PAGE if is_known else MOST_UNNAMED):
            self._close(sockets.pop(0), "too many of a kind")

        async def receive_checked() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                fault = (
                    "too many messages" if socket.is_too_fast() else _fault_in_frame(message, page)
                )
                if fault is not None:
                    self._close(socket, fault)
                    return {"type": "websocket.disconnect", "code": 1008}
            return message

        async def send_and_end(message: Message) -> None:
            await send(message)
            if message.get("text") == _END:  # engine.io leaves it to the browser to hang up
                self._close(socket, "its page ended")

        try:
            await self._app(scope, receive_checked, send_and_end)
        finally:
            deadline.cancel()
            if socket in sockets:
                sockets.remove(socket)
            if not sockets:
                self._open.pop(page if is_known else "", None)

    async def _polling(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Requests of browsers behind a proxy that takes no websockets."""
        body = b""
        if scope["method"] == "POST":
            try:
                async for chunk in Request(scope, receive).stream():
                    body += chunk
                    if len(body) > MESSAGE_BYTES:
                        break
            except ClientDisconnect:
                return
            fault = _fault_in_body(body, page_of(scope))
            if fault is not None:
                log.debug("web: a socket's request is refused (%s)", fault)
                await PlainTextResponse("not a message of these pages\n", 400)(scope, receive, send)
                return
        replayed = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive_again() -> Message:
            return next(replayed, None) or await receive()

        await self._app(scope, receive_again, send)

    def _close(self, socket: _Socket, reason: str) -> None:
        log.debug("web: a socket is closed (%s)", reason)
        closing = asyncio.ensure_future(_close(socket.send))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


async def _close(send: Send) -> None:
    with suppress(RuntimeError, OSError):  # closed already, by the browser or the page
        await send({"type": "websocket.close", "code": 1008})


def page_of(scope: Scope) -> str:
    """The page that a socket is for, as its address says."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    return str(query.get("client_id", [""])[0])


def _fault_in_frame(message: Message, page: str) -> str | None:
    text = message.get("text")
    return "a binary message" if text is None else fault_in(text, page)


def _fault_in_body(body: bytes, page: str) -> str | None:
    if len(body) > MESSAGE_BYTES:
        return "too long"
    try:
        messages = body.decode().split("\x1e")
    except UnicodeDecodeError:
        return "not UTF-8"
    return next((fault for text in messages if (fault := fault_in(text, page)) is not None), None)


def fault_in(text: str, page: str) -> str | None:
    """Why a message of engine.io for that page is not taken; None when it is."""
    if len(text) > MESSAGE_BYTES:
        return "too long"
    if text in _CONTROL:
        return None
    if not text.startswith(_MESSAGE):
        return "no message of engine.io"
    try:
        packet = Packet(encoded_packet=text[1:])
    except (ValueError, IndexError, TypeError, RecursionError):
        return "no message of socket.io"
    if packet.packet_type in (CONNECT, DISCONNECT):
        return None
    if packet.packet_type != EVENT:
        return f"a packet of type {packet.packet_type}"
    if not _is_known(packet.data):
        return "an unknown event"
    return None if packet.data[1]["client_id"] == page else "an event for another page"


def _is_known(data: object) -> bool:
    if not (isinstance(data, list) and len(data) == 2 and isinstance(data[0], str)):
        return False
    event = EVENTS.get(data[0])
    if event is None:
        return False
    try:
        event.model_validate(data[1])
    except ValidationError:
        return False
    return True
