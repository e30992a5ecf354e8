"""Let so many requests through at once, those of friends before others."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """`waiting`: how many wait for their turn."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._order = itertools.count()
        self._queue: list[tuple[bool, int, asyncio.Future[None]]] = []

    @property
    def waiting(self) -> int:
        return sum(not turn.done() for *_, turn in self._queue)

    @asynccontextmanager
    async def one(self, *, is_friend: bool) -> AsyncIterator[None]:
        """Hold one of them."""
        await self._turn(is_friend)
        try:
            yield
        finally:
            self._next()

    async def _turn(self, is_friend: bool) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (not is_friend, next(self._order), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._next()  # it was given to who does not want it any more
            raise

    def _next(self) -> None:
        while self._queue:
            *_, turn = heapq.heappop(self._queue)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
