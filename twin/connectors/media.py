"""Fetch the files of messages and keep them in the data folder."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from pathlib import Path

from sqlite_utils import Database

from storage.errors import TwinError
from storage.messages import is_logged
from twin.connectors.base import MediaSaved, MessageReceived
from twin.connectors.media_files import PART, file_name, folder_of

log = logging.getLogger(__name__)

FETCH_S = 60.0  # a platform that has no such file may keep silent
AT_ONCE = 4

# The file's name and its next bytes; the first name that is not empty counts.
Pieces = AsyncGenerator[tuple[str, bytes], None]


class MediaTooLarge(Exception):
    """The file is above the connector's media_mb."""


class MediaFetcher:
    """Fetches in tasks of its own, so that no message waits for a file.

    `data` is the data folder, `platform` the connector's name, and `section` that of its settings,
    as in "wechaty"; `emit` takes what was saved, and a failure of it is logged.
    """

    def __init__(
        self,
        db: Database,
        data: Path,
        platform: str,
        section: str,
        limit_mb: float,
        emit: Callable[[MediaSaved], Awaitable[None]],
    ) -> None:
        self._db, self._data, self._platform, self._emit = db, data, platform, emit
        self._section, self._folder = section, folder_of(section)
        self._limit = int(limit_mb * 1_000_000)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        _close_to_others(data / self._folder)

    def fetch(self, message: MessageReceived, read: Callable[[], Pieces]) -> None:
        """Start fetching the message's file. Nothing happens if none is to be fetched.

        `read` gives it in pieces and raises TwinError where it can't.
        """
        chat, message_id = message.chat_external_id, message.external_id
        # A chat that is off is not logged, and its pictures are not kept either.
        if self._limit and message_id is not None and self._is_logged(chat, message_id):
            task = asyncio.create_task(self._fetch(chat, message_id, read), name="media")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _is_logged(self, chat: str, message_id: str) -> bool:
        return is_logged(self._db, self._platform, chat, message_id)

    async def _fetch(self, chat: str, message_id: str, read: Callable[[], Pieces]) -> None:
        try:
            async with self._slots, asyncio.timeout(FETCH_S):
                name, data = await self._read(read())
            path = await asyncio.to_thread(self._write, chat, message_id, name, data)
            try:
                await self._emit(MediaSaved(chat, message_id, path))
            finally:  # while the file was fetched, its chat may have been forgotten
                if not self._is_logged(chat, message_id):
                    await asyncio.to_thread((self._data / path).unlink, missing_ok=True)
        except MediaTooLarge:
            log.info(
                "a file is larger than [connectors.%s] media_mb and was not fetched", self._section
            )
        except TimeoutError:
            log.warning("a file was not fetched: it took longer than %.0f s", FETCH_S)
        except TwinError as error:
            log.warning("a file was not fetched: %s", error)
        except Exception as error:  # boundary: the message is logged, only its file is not
            log.warning("a file was not saved (%s)", type(error).__name__)
            log.debug("media", exc_info=True)

    async def _read(self, pieces: Pieces) -> tuple[str, bytes]:
        name, data = "", bytearray()
        async with aclosing(pieces):
            async for known_name, piece in pieces:
                name = name or known_name
                data += piece
                if len(data) > self._limit:
                    raise MediaTooLarge
        return name, bytes(data)

    def _write(self, chat: str, message_id: str, name: str, data: bytes) -> str:
        """The path inside the data folder. It appears at once and whole, for the owner alone."""
        path = Path(self._folder, file_name(chat, message_id, name))
        target = self._data / path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = target.with_name(target.name + PART)
        part.unlink(missing_ok=True)
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(data)
        part.replace(target)
        return path.as_posix()


def _close_to_others(folder: Path) -> None:
    """Older versions let all users of the machine read what they saved."""
    with suppress(OSError):  # none is there, or they are another user's
        folder.chmod(0o700)
        for file in folder.iterdir():
            if not file.is_symlink():
                file.chmod(0o600)
