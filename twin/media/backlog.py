"""Read the files of messages that nobody waits for: those of imports, and what was missed."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from sqlite_utils import Database

from storage.database import reading
from storage.errors import TwinError
from storage.message_files import saved_file
from storage.texts import Text
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.media.background import spoken_language, store_read
from twin.media.pending import Unread, unread_by_kind, unread_media
from twin.media.reader import MediaRead, MediaReader, readable_kinds
from twin.writes import Writes

_AT_ONCE = 500
_REMEMBERED = 10_000
_ENOUGH = 3  # files of a kind, before anybody can say how long the others take
MOST_DEATHS = 5  # of the reader in a row: it is not the files then


@dataclass(frozen=True, slots=True)
class BacklogProgress:
    """Of one run: how many files were read, in how many nothing could be, how many are left, and
    how many seconds these take at the pace so far; None while that is unknown.
    """

    read: int = 0
    failed: int = 0
    left: int = 0
    left_s: float | None = None


class Pace:
    """How long a file of each kind took."""

    def __init__(self) -> None:
        self._files: Counter[str] = Counter()
        self._seconds: dict[str, float] = {}

    def took(self, kind: str, seconds: float) -> None:
        self._files[kind] += 1
        self._seconds[kind] = self._seconds.get(kind, 0.0) + seconds

    def left_s(self, left: Mapping[str, int]) -> float | None:
        kinds = [kind for kind, files in left.items() if files]
        if any(self._files[kind] < _ENOUGH for kind in kinds):
            return None
        return sum(left[kind] * self._seconds[kind] / self._files[kind] for kind in kinds)


class Backlog:
    """What is read is on the disk at once: it can be ended at any time, and goes on from there."""

    def __init__(self, config: Config, db: Database, clock: Clock = SYSTEM_CLOCK) -> None:
        self._config, self._clock = config, clock
        self._db, self._writes = db, Writes(db, clock)
        self._left: Counter[str] = Counter()
        self._pace = Pace()
        self._known: dict[tuple[str, str, bool], MediaRead] = {}
        self._crashed: list[tuple[Unread, MediaRead]] = []
        self.progress = BacklogProgress()

    async def run(self, watch: Callable[[BacklogProgress], None]) -> BacklogProgress:
        """Read until none is left. Raises ReaderUnusable where a reader can't be started, and
        TwinError where it dies again and again.
        """
        kinds = readable_kinds(self._config)
        language = await asyncio.to_thread(partial(spoken_language, self._config))
        reader = MediaReader(self._config, language, idle=True)
        try:
            while kinds and (batch := await asyncio.to_thread(partial(self._look, kinds))):
                for one in batch:
                    await self._one(reader, one)
                    watch(self.progress)
                await self._store_crashed()
        finally:
            await reader.close()
        return self.progress

    def _look(self, kinds: list[str]) -> list[Unread]:
        with reading(self._config.database) as db:
            self._left = Counter(unread_by_kind(db, kinds))
            self._tell(0, 0)
            return unread_media(db, kinds, most=_AT_ONCE)

    async def _one(self, reader: MediaReader, one: Unread) -> None:
        began = self._clock.monotonic()
        read = await self._read(reader, one)
        self._pace.took(one.kind, self._clock.monotonic() - began)
        self._left[one.kind] -= 1
        if read.failure == "crashed":
            self._crashed.append((one, read))
            if len(self._crashed) >= MOST_DEATHS:
                raise TwinError(
                    Text(
                        "the reader of files ended {count} times in a row; give it more memory, or "
                        "install its packages again",
                        count=MOST_DEATHS,
                    )
                )
        else:
            await self._store_crashed()
            await self._store(one, read)
        self._tell(1, int(read.failure is not None))

    async def _read(self, reader: MediaReader, one: Unread) -> MediaRead:
        """One content is read once: a sticker may have been sent a thousand times."""
        key = (one.kind, one.media, one.is_friends)
        if key not in self._known:
            file = saved_file(self._config.data, one.media)
            if file is None:
                return MediaRead("", "", "", "gone")
            read = await reader.read(file, one.kind, is_friends=one.is_friends)
            if read.failure == "crashed":
                return read
            self._known[key] = read
            if len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]
        return self._known[key]

    async def _store_crashed(self) -> None:
        """After another file was read: it was these files, and not the reader."""
        for one, read in self._crashed:
            await self._store(one, read)
        self._crashed = []

    async def _store(self, one: Unread, read: MediaRead) -> None:
        at = self._clock.now()
        await self._writes.run(lambda: store_read(self._db, one, read, at))

    def _tell(self, read: int, failed: int) -> None:
        self.progress = BacklogProgress(
            self.progress.read + read,
            self.progress.failed + failed,
            self._left.total(),
            self._pace.left_s(self._left),
        )
