"""Waiting for an answer no longer than somebody waits for it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request

from twin.api.refusals import Refused

T = TypeVar("T")


async def while_there(request: Request, work: Coroutine[Any, Any, T], seconds: float) -> T:
    """The work's result. Dropped when the client leaves; Refused when it takes too long."""
    working = asyncio.create_task(work, name="api answer")
    leaving = asyncio.create_task(_leave(request), name="api client")
    try:
        await asyncio.wait({working, leaving}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Refused(
                503, f"no answer within {seconds:g} s ([api] timeout_seconds)", code="timeout"
            )
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _leave(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
