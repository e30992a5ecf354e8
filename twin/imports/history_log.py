"""The log while a run over the past writes into it: in a thread of its own, as the bot goes on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from storage.database import open_database
from storage.importers.import_files import copy_to_try
from storage.unfinished_import import ImportGoing, no_import_meanwhile
from twin.clock import Clock

T = TypeVar("T")
OTHER_IMPORT_S = 2.0  # between two looks whether another import is done


class HistoryLog:
    """A database that one thread uses alone."""

    def __init__(self, worker: Executor, db: Database, clock: Clock) -> None:
        self._worker, self._db, self._clock = worker, db, clock

    async def call(self, job: Callable[[Database], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, job, self._db)

    async def write(self, job: Callable[[Database], T]) -> T:
        """Call what imports, once nobody else does."""
        while True:
            try:
                return await self.call(job)
            except ImportGoing:
                await self._clock.sleep(OTHER_IMPORT_S)


@asynccontextmanager
async def open_log(database: Path, clock: Clock, *, dry_run: bool) -> AsyncIterator[HistoryLog]:
    """With `dry_run` it is a copy that is thrown away. What is being written is, to its end."""
    opened = ExitStack()

    def begin() -> Database:
        db = opened.enter_context(closing(open_database(database, create=False)))
        return opened.enter_context(copy_to_try(db)) if dry_run else db

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "history") as worker:
        try:
            log = HistoryLog(worker, await loop.run_in_executor(worker, begin), clock)
            await log.write(_take_back)
            yield log
        finally:
            await loop.run_in_executor(worker, opened.close)


def _take_back(db: Database) -> None:
    """What a killed import left half done: the chats in it are not logged yet."""
    with no_import_meanwhile(db):
        pass
