"""Write to the database from the event loop without ever waiting for a lock inside it."""

import asyncio
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlite_utils import Database

from storage.database import DatabaseBusy, transaction, without_waiting
from twin.clock import SYSTEM_CLOCK, Clock

# The importer rests for 50 ms after each piece; whoever asks less often would starve beside it.
RETRY_S = 0.02

T = TypeVar("T")
_TURNS: "WeakKeyDictionary[Database, asyncio.Lock]" = WeakKeyDictionary()


class Writes:
    """Runs what writes, one call after the other, in the order in which they were asked for.

    SQLite itself would wait for another program's lock inside the loop, and everybody with it.
    """

    def __init__(self, db: Database, clock: Clock = SYSTEM_CLOCK) -> None:
        self._db, self._clock = db, clock
        # First come, first served, whichever part of the program asks.
        self._turn = _TURNS.setdefault(db, asyncio.Lock())

    async def run(self, call: Callable[[], T]) -> T:
        """What `call` returns; it is on the disk then.

        The call is one transaction, and nothing else of the loop happens between its beginning and
        its end. However long another program writes, it is waited for; cancelled meanwhile, the
        call was never made.
        """
        async with self._turn:
            while True:
                try:
                    with without_waiting(self._db), transaction(self._db):
                        return call()
                except DatabaseBusy:
                    await self._clock.sleep(RETRY_S)
