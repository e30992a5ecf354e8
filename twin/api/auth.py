"""Authenticate requests by API key; limit how large, how many and how frequent they are.

The middleware wraps a whole application, so that none of its routes can be forgotten.
"""

import asyncio
import sqlite3
from collections import Counter
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.keys import Key, key_of
from storage.keys import Scope as KeyScope
from twin.api.context import ApiContext
from twin.api.error_responses import ApiError, Shape, as_http_error, stopping
from twin.api.events import STREAM, error_events
from twin.web.rate_limit import RateLimit

WINDOW_S = 60.0
CHALLENGE = {"WWW-Authenticate": "Bearer"}


class KeyUse:
    """Checks keys and counts the requests of each in the last minute, over all applications."""

    def __init__(self, context: ApiContext) -> None:
        self._context, self._limits = context, context.config.api
        self._rate = RateLimit(context.clock.monotonic, WINDOW_S, self._limits.requests_per_minute)
        self._running: Counter[int] = Counter()

    def admit(self, headers: Headers, needs: KeyScope) -> Key:
        """The key in a request's header. Raises ApiError when it has none or may not do this."""
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        key = None
        if scheme.lower() == "bearer" and secret:
            key = key_of(self._context.db, secret.strip(), self._context.clock.now())
        if key is None:
            raise ApiError(
                401,
                "no valid key; send 'Authorization: Bearer KEY' with one of `bot.py keys create`",
                code="invalid_api_key",
                headers=CHALLENGE,
            )
        if needs == "manage" and key.scope != "manage":
            raise ApiError(
                403, f"key {key.prefix}…: may only chat; make one with --scope manage for this"
            )
        return key

    def enter(self, key: Key) -> None:
        """Count a request. Raises ApiError when there were too many, or too many are running."""
        wait_s = self._rate.wait_s(key.id)
        if wait_s is not None:
            most = f"{self._limits.requests_per_minute} requests a minute"
            raise _too_many(most, int(wait_s) + 1)
        if self._running[key.id] >= self._limits.max_concurrent:
            raise _too_many(f"{self._limits.max_concurrent} requests at a time", 1)
        self._rate.note(key.id)
        self._running[key.id] += 1

    def leave(self, key: Key) -> None:
        """Count the request as finished."""
        self._running[key.id] -= 1


def _too_many(most: str, wait_s: int) -> ApiError:
    return ApiError(
        429,
        f"more than {most} with this key; come again in {wait_s} s ([api] in config.toml)",
        code="rate_limit_exceeded",
        headers={"Retry-After": str(wait_s)},
    )


class ApiKeyAuth:
    """Middleware: nothing of the application is reached without a key of the scope."""

    def __init__(
        self, app: ASGIApp, key_use: KeyUse, needs: KeyScope, shape: Shape, max_bytes: int
    ) -> None:
        self._app, self._key_use, self._needs = app, key_use, needs
        self._shape, self._max_bytes = shape, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})  # the API has no websockets
            return
        headers = Headers(scope=scope)
        try:
            key = self._key_use.admit(headers, self._needs)
            self._key_use.enter(key)
        except (ApiError, sqlite3.Error) as error:
            await self._shape(as_http_error(error))(scope, receive, send)
            return
        response = _Response(send)
        try:
            await self._app(scope, _LimitedBody(receive, headers, self._max_bytes), response.send)
        except asyncio.CancelledError:
            # The server cancels requests only when it stops.
            if response.is_started:
                await response.end_stream()
            else:
                await self._shape(stopping())(scope, receive, send)
        finally:
            self._key_use.leave(key)


class _Response:
    """What was sent so far."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.is_started = self._is_stream = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.is_started = True
            kind = Headers(raw=message["headers"]).get("content-type", "")
            self._is_stream = kind.startswith(STREAM)
        await self._send(message)

    async def end_stream(self) -> None:
        """End a stream of events with an error instead of a cut."""
        if not self._is_stream:
            raise ConnectionResetError("the server stops, and half a response can't be mended")
        body = error_events(stopping()).encode()
        await self._send({"type": "http.response.body", "body": body})


class _LimitedBody:
    """Receives a body up to the limit, whatever its header says."""

    def __init__(self, receive: Receive, headers: Headers, most: int) -> None:
        self._receive, self._most, self._received = receive, most, 0
        self._encoding = headers.get("content-encoding", "identity").strip().lower()
        length = headers.get("content-length", "0")
        self._announced = int(length) if length.isascii() and length.isdigit() else 0

    async def __call__(self) -> Message:
        if self._encoding not in ("", "identity"):
            raise ApiError(415, "a compressed body (Content-Encoding); send it as it is")
        self._check(self._announced)
        message: dict[str, Any] = dict(await self._receive())
        self._received += len(message.get("body", b""))
        self._check(self._received)
        return message

    def _check(self, size: int) -> None:
        if size > self._most:
            raise ApiError(
                413, f"a body of more than {self._most // 1024} KB ([api] max_body_kb); send less"
            )
