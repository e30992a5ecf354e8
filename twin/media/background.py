"""Read beside the running bot what came in: the newest first, the rest when nobody waits."""

import asyncio
import logging
from collections.abc import Callable, Container, Sequence
from functools import partial

from sqlite_utils import Database

from storage.database import reading
from storage.media_texts import store_media_text
from storage.message_files import saved_file
from storage.texts import Text
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.engine.bases.log_figures import log_figures
from twin.media.pending import Unread, unread_media, unread_message
from twin.media.reader import (
    PARTS,
    MediaRead,
    MediaReader,
    can_read,
    is_described,
    readable_kinds,
)
from twin.media.reader_process import ReaderUnusable
from twin.writes import Writes

log = logging.getLogger(__name__)

LOOK_S = 300.0  # for what was not read as it came
REST_S = 120.0  # after the last file the memory is given back
RETRY_S = 600.0  # for a reader that can't be started
MOST_DEATHS = 3  # in a row; then the owner is told
ANSWERED_MS = 600_000  # so long somebody may be waiting for an answer


class MediaReading:
    """Reads the files of messages of this bot's connectors, and stores what was read.

    `tell_owner` is called when files can't be read at all.
    """

    def __init__(
        self,
        config: Config,
        db: Database,
        tell_owner: Callable[[Text], None],
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._config, self._db, self._clock = config, db, clock
        self._tell_owner, self._writes = tell_owner, Writes(db, clock)
        self._new: list[int] = []
        self._came = asyncio.Event()
        self._in_hand: set[int] = set()
        self._deaths = 0
        self._unusable: dict[str, float] = {}  # part → when it is tried again
        self._told: set[str] = set()

    def will_read(self, kind: str) -> bool:
        """Whether an answer should wait for a file of a message of this kind."""
        return can_read(self._config, kind) and self._is_usable(kind)

    def came(self, message_id: int) -> None:
        """A message's file was saved."""
        self._new.append(message_id)
        self._came.set()

    async def run(self) -> None:
        """Read what comes, the newest first. Until cancelled, which ends its processes."""
        reader = await self._reader(idle=False)
        resting: asyncio.Task[None] | None = None
        try:
            since = self._clock.now() - ANSWERED_MS
            self._new += [one.message_id for one in reversed(await self._unread(since))]
            while True:
                self._came.clear()
                while self._new:
                    await self._read_if_unread(reader, self._new.pop())
                resting = asyncio.create_task(self._rest(reader), name="media at rest")
                await self._came.wait()
                await _cancelled(resting)
        finally:
            if resting is not None:
                await _cancelled(resting)
            await reader.close()

    async def catch_up(self) -> None:
        """Read what was missed, when nothing else wants the processor. Until cancelled."""
        reader = await self._reader(idle=True)
        try:
            while True:
                tried: set[int] = set()
                while found := await self._missed(tried):
                    for one in found:
                        await self._read_if_unread(reader, one)
                    tried.update(found)
                await reader.close()
                await self._clock.sleep(LOOK_S)
        finally:
            await reader.close()

    async def _missed(self, tried: Container[int]) -> list[int]:
        """Without what is read at once, since somebody may be waiting for it."""
        found = [one.message_id for one in await self._unread(0)]
        return [one for one in found if one not in tried and one not in self._new]

    async def _rest(self, reader: MediaReader) -> None:
        await self._clock.sleep(REST_S)
        await reader.close()

    async def _reader(self, *, idle: bool) -> MediaReader:
        language = await asyncio.to_thread(partial(spoken_language, self._config))
        return MediaReader(self._config, language, idle=idle)

    async def _unread(self, since: int) -> list[Unread]:
        """Beside the loop: there may be many."""
        return await asyncio.to_thread(partial(_unread_since, self._config, self._kinds(), since))

    def _kinds(self) -> list[str]:
        return [kind for kind in readable_kinds(self._config) if self._is_usable(kind)]

    def _is_usable(self, kind: str) -> bool:
        return self._unusable.get(PARTS[kind], 0.0) <= self._clock.monotonic()

    async def _read_if_unread(self, reader: MediaReader, message_id: int) -> None:
        found = unread_message(self._db, message_id, self._kinds())
        if found is None or message_id in self._in_hand:
            return
        self._in_hand.add(message_id)
        try:
            await self._read(reader, found)
        except ReaderUnusable as error:
            log.warning("%s; it is tried again in %.0f minutes", error, RETRY_S / 60)
            self._unusable[PARTS[found.kind]] = self._clock.monotonic() + RETRY_S
            self._tell_once(Text("Files of messages are not read: {cause}", cause=error.message))
        finally:
            self._in_hand.discard(message_id)

    async def _read(self, reader: MediaReader, found: Unread) -> None:
        file = saved_file(self._config.data, found.media)
        read = MediaRead("", "", "", "gone")
        if file is not None:
            read = await reader.read(file, found.kind, is_friends=found.is_friends)
        await self._writes.run(lambda: store_read(self._db, found, read, self._clock.now()))
        self._deaths = self._deaths + 1 if read.failure == "crashed" else 0
        if self._deaths == MOST_DEATHS:
            self._tell_once(
                Text(
                    "The reader of files of messages ended {count} times in a row. It may have too "
                    "little memory, or somebody sends what it can't bear.",
                    count=MOST_DEATHS,
                )
            )

    def _tell_once(self, line: Text) -> None:
        if line not in self._told:
            self._told.add(line)
            self._tell_owner(line)


def store_read(db: Database, found: Unread, read: MediaRead, now: int) -> bool:
    """Put down what was read. False where the message has another file by now, or is gone."""
    return store_media_text(
        db,
        found.message_id,
        found.media,
        read.text,
        reader=read.reader,
        at=now,
        description=read.description,
        failure=read.failure,
    )


def spoken_language(config: Config) -> str:
    """What is spoken in voices, and pictures are described in; "" where a model is to guess.

    Looks at the log, and blocks.
    """
    if config.media.language != "auto":
        return config.media.language
    if not (can_read(config, "voice") or is_described(config)):
        return ""
    with reading(config.database) as db:
        return "zh" if log_figures(db).is_chinese else ""


def _unread_since(config: Config, kinds: Sequence[str], since: int) -> list[Unread]:
    with reading(config.database) as db:
        return unread_media(db, kinds, live=True, since=since)


async def _cancelled(task: asyncio.Task[None]) -> None:
    """Not `await task`: whoever cancels what waits here meanwhile would not be heard."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
