"""Somebody at the terminal."""

import queue
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.database import open_database
from twin.connectors.console.connector import CHAT_ID, ConsoleConnector


class ConsolePlatform:
    chat = CHAT_ID

    def __init__(self, db: Database) -> None:
        self._typed: queue.Queue[str | None] = queue.Queue()
        self._shown: list[str] = []
        self.connector = ConsoleConnector(db, "Ann", self._lines, self._shown.append)

    def _lines(self) -> Iterator[str]:
        while (line := self._typed.get()) is not None:
            yield line

    async def say(self, text: str) -> None:
        self._typed.put(text)

    def shown(self) -> list[str]:
        return self._shown

    def close(self) -> None:
        self._typed.put(None)


@asynccontextmanager
async def platform(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[ConsolePlatform]:
    db = open_database(folder / "twin.db")
    made = ConsolePlatform(db)
    yield made
    made.close()
    db.close()
