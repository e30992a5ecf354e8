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

T = TypeVar("T")


class HistoryLog:
    """A database that one thread uses alone."""

    def __init__(self, worker: Executor, db: Database) -> None:
        self._worker, self._db = worker, db

    async def call(self, job: Callable[[Database], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, job, self._db)


@asynccontextmanager
async def open_log(database: Path, *, dry_run: bool) -> AsyncIterator[HistoryLog]:
    """With `dry_run` it is a copy that is thrown away. What is being written is, to its end."""
    opened = ExitStack()

    def begin() -> Database:
        db = opened.enter_context(closing(open_database(database, create=False)))
        return opened.enter_context(copy_to_try(db)) if dry_run else db

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "history") as worker:
        try:
            yield HistoryLog(worker, await loop.run_in_executor(worker, begin))
        finally:
            await loop.run_in_executor(worker, opened.close)
