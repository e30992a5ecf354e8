"""Tell the owner's devices: what came meanwhile as one notice a kind, never in quiet hours.

Nothing waits for it: whoever tells something goes on at once, and a push service that is slow or
gone holds up nothing but this task. What waits is lost when the bot is stopped; the pages show it.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlite_utils import Database

from storage.errors import TwinError
from storage.notice_kinds import NoticeKind, are_names_told, is_told
from storage.push_devices import Device
from twin.clock import SYSTEM_CLOCK, Clock, zone_of
from twin.config.schema import Config
from twin.language import language_for
from twin.push.delivery import Delivery
from twin.push.wording import Told, line_of, with_names
from twin.replying.notices import Notice
from twin.replying.policy import in_quiet_hours

log = logging.getLogger(__name__)

LOOK_S = 5.0  # what comes within it is told together
GAP_S = 600.0  # between two notices of one kind
# Where there are no quiet hours: the night's training ends while people sleep.
NIGHT = "00:00-07:30"
RETRIES_S = (60.0, 600.0, 3600.0)  # before each further try, unless the service asks for more

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Retry:
    """`at`: by the monotonic clock, in seconds. `failed`: how often it was tried."""

    told: Told
    at: float
    failed: int


class Notifier:
    """`tell` never fails and never waits; `run` sends."""

    def __init__(
        self, config: Config, db: Database, delivery: Delivery, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self._quiet_hours, self._zone = config.policy.quiet_hours, zone_of(config.schedule)
        self._db, self._delivery, self._clock = db, delivery, clock
        self._waiting: dict[NoticeKind, Told] = {}
        self._free_at: dict[NoticeKind, float] = {}
        self._retries: dict[tuple[int, NoticeKind], _Retry] = {}

    def tell(self, notice: Notice) -> None:
        """Have the devices told soon, or after quiet hours."""
        if notice.kind is not None:
            before = self._waiting.get(notice.kind, Told(notice.kind))
            self._waiting[notice.kind] = before.and_also(notice.brief, notice.friend)

    async def run(self) -> None:
        """Send what is to be sent, until cancelled."""
        self._delivery.devices()  # known from now on, should the database be lost
        while True:
            await self._clock.sleep(LOOK_S)
            if self._waiting or self._retries:
                await self._look()

    async def _look(self) -> None:
        devices = self._delivery.devices()
        due = [(one, told, 0) for told in self._take_due() for one in devices]
        due += self._take_retries({one.id: one for one in devices})
        try:
            await asyncio.gather(*(self._send(*one) for one in due))
        except TwinError as error:
            log.error("no device can be told: %s", error)

    def _take_due(self) -> list[Told]:
        now, due = self._clock.monotonic(), []
        for kind in list(self._waiting):
            if self._is_quiet(kind) or now < self._free_at.get(kind, now):
                continue
            told = self._waiting.pop(kind)
            if self._read(partial(is_told, self._db, "device", kind), True):
                self._free_at[kind] = now + GAP_S
                due.append(told)
        return due

    def _take_retries(self, devices: dict[int, Device]) -> list[tuple[Device, Told, int]]:
        now, due = self._clock.monotonic(), []
        for (number, kind), retry in list(self._retries.items()):
            if number not in devices:
                del self._retries[number, kind]
            elif now >= retry.at and not self._is_quiet(kind):
                del self._retries[number, kind]
                due.append((devices[number], retry.told, retry.failed))
        return due

    def _is_quiet(self, kind: NoticeKind) -> bool:
        hours = self._quiet_hours or (NIGHT if kind == "training" else "")
        return in_quiet_hours(self._clock.now(), hours, self._zone)

    async def _send(self, device: Device, told: Told, failed: int) -> None:
        """`failed`: how often that failed before."""
        line = self._read(partial(self._line, device, told), "")
        if not line:
            return
        outcome = await self._delivery.give(device, line, told.kind)
        self._retries.pop((device.id, told.kind), None)
        if outcome.fate == "later" and failed < len(RETRIES_S):
            wait = max(outcome.wait_s, RETRIES_S[failed])
            retry = _Retry(told, self._clock.monotonic() + wait, failed + 1)
            self._retries[device.id, told.kind] = retry

    def _line(self, device: Device, told: Told) -> str:
        language = language_for(device.language)
        line = line_of(told, self._db, language)
        with_friends = self._read(partial(are_names_told, self._db), False)
        return with_names(line, told.friends, language) if with_friends else line

    def _read(self, read: Callable[[], T], otherwise: T) -> T:
        """What the database says; while it is lost, that it is lost has to be told all the same."""
        try:
            return read()
        except (TwinError, sqlite3.Error):
            return otherwise
