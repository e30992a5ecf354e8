"""Bring one line to one device, and keep in the database what became of it."""

import asyncio
import logging
import sqlite3
from pathlib import Path

from sqlite_utils import Database

from storage.errors import TwinError
from storage.notice_kinds import NoticeKind
from storage.push_devices import (
    Device,
    list_devices,
    note_failure,
    note_told,
    remove_device,
    remove_devices_of_other_keys,
)
from twin.clock import SYSTEM_CLOCK, Clock
from twin.language import language_for
from twin.push.server_key import ServerKey
from twin.push.service import Outcome, PushService, failure_text
from twin.push.wording import URGENCY, content_of
from twin.writes import Writes

log = logging.getLogger(__name__)


class Delivery:
    """The devices as they are, and the way to each."""

    def __init__(
        self, db: Database, data: Path, service: PushService, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self._db, self._data, self._service, self._clock = db, data, service, clock
        self._writes = Writes(db, clock)
        self._key: ServerKey | None = None
        self._one_makes_it = asyncio.Lock()
        self._known: list[Device] = []

    async def key(self) -> ServerKey:
        """Raises TwinError where there can't be one."""
        async with self._one_makes_it:
            if self._key is None:
                self._key = key = await asyncio.to_thread(ServerKey, self._data)
                try:
                    await self._writes.run(
                        lambda: remove_devices_of_other_keys(self._db, key.public)
                    )
                except (TwinError, sqlite3.Error) as error:  # their services refuse them anyway
                    log.warning("old devices stay (%s)", type(error).__name__)
        return self._key

    def devices(self) -> list[Device]:
        """While the database is lost, those that were there before: they are to be told of it."""
        try:
            self._known = list_devices(self._db)
        except (TwinError, sqlite3.Error) as error:
            log.debug("devices can't be read (%s)", type(error).__name__)
        return self._known

    async def give(self, device: Device, line: str, kind: NoticeKind | None) -> Outcome:
        """Have the device show the line; `kind` None: a test. Raises TwinError without a key."""
        outcome = await self._service.send(
            await self.key(),
            device.subscription,
            content_of(line, kind, language_for(device.language)),
            kind=kind or "test",
            urgency=URGENCY[kind] if kind else "high",
            now=self._clock.now(),
        )
        if outcome.failure is not None:
            log.info("device %d: not told (%s)", device.id, failure_text(outcome.failure))
        try:
            await self._writes.run(lambda: self._note(device.id, outcome))
        except (TwinError, sqlite3.Error) as error:
            log.warning("device %d: nothing can be noted (%s)", device.id, type(error).__name__)
        return outcome

    def _note(self, number: int, outcome: Outcome) -> None:
        if outcome.fate == "gone":
            remove_device(self._db, number)
        elif outcome.failure is not None:
            note_failure(self._db, number, outcome.failure)
        else:
            note_told(self._db, number, at=self._clock.now())
