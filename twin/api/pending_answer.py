"""Wait for an answer as long as its client does, and tell the client meanwhile that it comes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from twin.api.completions import Completion
from twin.api.error_responses import ApiError, as_http_error, stopping
from twin.api.events import STREAM, comment, error_events

# Clients and proxies give up on a server that says nothing, many after 30 or 60 s.
SIGN_SECONDS = 15.0


class PendingAnswer:
    """Work on an answer; `drop` ends it. `seconds`: after which it is given up."""

    def __init__(
        self, request: Request, work: Coroutine[Any, Any, Completion], seconds: float
    ) -> None:
        self._seconds = seconds
        self._until = asyncio.get_running_loop().time() + seconds
        self._working = asyncio.create_task(work, name="api answer")
        self._leaving = asyncio.create_task(_disconnected(request), name="api client")

    async def wait(self, seconds: float | None = None) -> Completion | None:
        """The answer, or None if it isn't there after so many seconds.

        Raises what the work raises, and ApiError when it took too long or the client left.
        """
        left = self._until - asyncio.get_running_loop().time()
        await asyncio.wait(
            {self._working, self._leaving},
            timeout=left if seconds is None else min(seconds, left),
            return_when=asyncio.FIRST_COMPLETED,
        )
        if self._working.cancelled():
            raise stopping()  # by the engine: nobody else does
        if self._working.done():
            return self._working.result()
        if seconds is None or seconds >= left or self._leaving.done():
            raise ApiError(
                503, f"no answer within {self._seconds:g} s ([api] timeout_seconds)", code="timeout"
            )
        return None

    async def drop(self) -> None:
        """Cancel what is still under way."""
        for task in (self._working, self._leaving):
            task.cancel()
        await asyncio.gather(self._working, self._leaving, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class AnswerStream(StreamingResponse):
    """Comments while the answer isn't there, then its events, or those of the error."""

    def __init__(
        self,
        pending: PendingAnswer,
        events: Callable[[Completion], Iterator[str]],
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(self._told(events), media_type=STREAM, headers=headers)
        self._pending = pending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._pending.drop()

    async def _told(self, events: Callable[[Completion], Iterator[str]]) -> AsyncIterator[str]:
        try:
            while (made := await self._pending.wait(SIGN_SECONDS)) is None:
                yield comment("the answer is not there yet")
        except Exception as error:  # boundary: its status is sent, so the stream has to tell
            yield error_events(as_http_error(error))
            return
        for each in events(made):
            yield each
