"""What takes a while to find out, shared by all open pages: however many there are, one looks."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from twin.clock import Clock

FRESH_S = 60.0
Found = TypeVar("Found")


class SharedLook(Generic[Found]):
    """`find` is called beside the event loop, at most once a minute."""

    def __init__(self, find: Callable[[], Found], clock: Clock) -> None:
        self._find, self._clock = find, clock
        self._lock = asyncio.Lock()
        self._at = float("-inf")
        self._found: Found

    async def look(self) -> Found:
        async with self._lock:
            if self._clock.monotonic() - self._at > FRESH_S:
                self._found = await asyncio.to_thread(self._find)
                self._at = self._clock.monotonic()
        return self._found
