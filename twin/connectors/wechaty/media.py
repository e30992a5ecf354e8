"""Fetch the files of messages and keep them in the data folder."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from pathlib import Path

from twin.connectors.base import MediaSaved, MessageReceived
from twin.connectors.wechaty.files import FOLDER, PART, file_name
from twin.connectors.wechaty.puppet import GatewayError, Puppet

log = logging.getLogger(__name__)

FETCH_S = 60.0  # a gateway that has no such file keeps silent
AT_ONCE = 4


class MediaTooLarge(Exception):
    """The file is above [connectors.wechaty] media_mb."""


class MediaFetcher:
    """Fetches in tasks of its own, so that no message waits for a file."""

    def __init__(
        self,
        puppet: Puppet,
        data: Path,
        limit_mb: float,
        saved: Callable[[MediaSaved], Awaitable[None]],
    ) -> None:
        self._puppet, self._data, self._saved = puppet, data, saved
        self._limit = int(limit_mb * 1_000_000)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        _close_to_others(data / FOLDER)

    def fetch(self, message: MessageReceived) -> None:
        """Start fetching the message's file. Nothing happens if none is to be fetched."""
        if self._limit and message.external_id is not None:
            chat, message_id = message.chat_external_id, message.external_id
            task = asyncio.create_task(self._fetch(chat, message_id), name="wechaty media")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _fetch(self, chat: str, message_id: str) -> None:
        try:
            async with self._slots, asyncio.timeout(FETCH_S):
                name, data = await self._read(message_id)
            path = await asyncio.to_thread(self._write, chat, message_id, name, data)
            await self._saved(MediaSaved(chat, message_id, path))
        except MediaTooLarge:
            log.info("a file is larger than [connectors.wechaty] media_mb and was not fetched")
        except TimeoutError:
            log.warning("a file was not fetched: it took longer than %.0f s", FETCH_S)
        except GatewayError as error:
            log.warning("a file was not fetched: %s", error)
        except Exception as error:  # boundary: the message is logged, only its file is not
            log.warning("a file was not saved (%s)", type(error).__name__)
            log.debug("media", exc_info=True)

    async def _read(self, message_id: str) -> tuple[str, bytes]:
        name, data = "", bytearray()
        async with aclosing(self._puppet.file(message_id)) as pieces:
            async for known_name, piece in pieces:
                name = name or known_name
                data += piece
                if len(data) > self._limit:
                    raise MediaTooLarge
        return name, bytes(data)

    def _write(self, chat: str, message_id: str, name: str, data: bytes) -> str:
        """The path inside the data folder. It appears at once and whole, for the owner alone."""
        path = Path(FOLDER, file_name(chat, message_id, name))
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
