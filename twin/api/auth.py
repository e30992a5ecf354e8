"""Who may come in, how much he may carry, and how often.

It wraps a whole app, so no route of it can be forgotten.
"""

from collections import Counter, defaultdict, deque
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.keys import Key, key_of
from storage.keys import Scope as KeyScope
from twin.api.context import ApiContext
from twin.api.error_responses import ApiError, Shape

WINDOW_S = 60.0
CHALLENGE = {"WWW-Authenticate": "Bearer"}


class KeyUse:
    """Knows the keys and what each did in the last minute. One for all apps."""

    def __init__(self, context: ApiContext) -> None:
        self._house, self._limits = context, context.config.api
        self._recent: defaultdict[int, deque[float]] = defaultdict(deque)
        self._inside: Counter[int] = Counter()

    def admit(self, headers: Headers, needs: KeyScope) -> Key:
        """The key of a request. Raises Refused. Cookies and addresses count for nothing."""
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        key = None
        if scheme.lower() == "bearer" and secret:
            key = key_of(self._house.db, secret.strip(), self._house.clock.now())
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
        """Raises Refused when it was there too often, or is there too many times now."""
        now, times = self._house.clock.monotonic(), self._recent[key.id]
        while times and times[0] <= now - WINDOW_S:
            times.popleft()
        if len(times) >= self._limits.requests_per_minute:
            most = f"{self._limits.requests_per_minute} requests a minute"
            raise _too_many(most, int(times[0] + WINDOW_S - now) + 1)
        if self._inside[key.id] >= self._limits.max_concurrent:
            raise _too_many(f"{self._limits.max_concurrent} requests at a time", 1)
        times.append(now)
        self._inside[key.id] += 1

    def leave(self, key: Key) -> None:
        self._inside[key.id] -= 1


def _too_many(most: str, wait_s: int) -> ApiError:
    return ApiError(
        429,
        f"more than {most} with this key; come again in {wait_s} s ([api] in config.toml)",
        code="rate_limit_exceeded",
        headers={"Retry-After": str(wait_s)},
    )


class ApiKeyAuth:
    """Middleware: nothing of the app is reached without a key of that scope."""

    def __init__(
        self, app: ASGIApp, keeper: KeyUse, needs: KeyScope, shape: Shape, max_bytes: int
    ) -> None:
        self._app, self._keeper, self._needs = app, keeper, needs
        self._shape, self._max_bytes = shape, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})  # there are none here
            return
        headers = Headers(scope=scope)
        try:
            key = self._keeper.admit(headers, self._needs)
            self._keeper.enter(key)
        except ApiError as error:
            await self._shape(error)(scope, receive, send)
            return
        try:
            await self._app(scope, _Weighed(receive, headers, self._max_bytes), send)
        finally:
            self._keeper.leave(key)


class _Weighed:
    """A body that may not grow beyond the limit, whatever its header said."""

    def __init__(self, receive: Receive, headers: Headers, most: int) -> None:
        self._receive, self._most, self._got = receive, most, 0
        said = headers.get("content-length", "0")
        self._said = int(said) if said.isascii() and said.isdigit() else 0

    async def __call__(self) -> Message:
        self._check(self._said)
        message: dict[str, Any] = dict(await self._receive())
        self._got += len(message.get("body", b""))
        self._check(self._got)
        return message

    def _check(self, size: int) -> None:
        if size > self._most:
            raise ApiError(
                413, f"a body of more than {self._most // 1024} KB ([api] max_body_kb); send less"
            )
