"""A backup each night, after the training, as a task of the bot."""

import asyncio
import logging
from collections.abc import Callable
from datetime import date, time, timedelta

from storage.errors import InputError, TwinError
from storage.texts import Text
from twin.backup.contents import backups_folder
from twin.backup.job import BackupJob
from twin.backup.kept import delete_old, find_backup, nightly_name
from twin.backup.passphrase import VARIABLE, machine_passphrase
from twin.clock import Clock, local_time, zone_of
from twin.config.schema import Config, ScheduleSettings

log = logging.getLogger(__name__)

LOOK_S = 300.0
REST_S = 3600.0  # after one that failed
AFTER_MS = 15 * 60_000  # by then the night's training has begun, if there is one


def last_night(now: int, schedule: ScheduleSettings) -> date:
    """The night that began last, with the time for its training to begin."""
    local = local_time(now - AFTER_MS, zone_of(schedule))
    has_begun = local.time() >= time.fromisoformat(schedule.retrain_at)
    return local.date() if has_begun else local.date() - timedelta(days=1)


class NightlyBackups:
    """`settings`: as they are in the file now. `failure`: why the last one failed; None when it did
    not.
    """

    def __init__(
        self,
        settings: Callable[[], Config],
        job: BackupJob,
        is_training: Callable[[], bool],
        clock: Clock,
    ) -> None:
        self._settings, self.job = settings, job
        self._is_training, self._clock = is_training, clock
        self.failure: TwinError | None = None

    async def run(self, tell: Callable[[str], None]) -> None:
        """Until cancelled. `tell` is told what failed, once."""
        told = ""
        while True:
            await self._clock.sleep(REST_S if told else LOOK_S)
            try:
                await self.look()
                self.failure = None
            except TwinError as error:
                self.failure = error
            line = f"The backup of the night failed: {self.failure}" if self.failure else ""
            if line and line != told:
                log.error("%s", line)
                tell(line)
            told = line

    async def look(self) -> None:
        """Make the one that is due, if one is. Raises TwinError."""
        config = await asyncio.to_thread(self._settings)
        if not config.backup.keep or self._is_training() or self.job.state.is_busy:
            return
        name = nightly_name(last_night(self._clock.now(), config.schedule))
        if await asyncio.to_thread(find_backup, config, name) is not None:
            return
        passphrase = await asyncio.to_thread(machine_passphrase, config)
        if passphrase is None:
            raise no_passphrase()
        file = backups_folder(config) / name
        await self.job.make(file, passphrase, secrets=config.backup.secrets, idle=True)
        if self.job.state.error is not None:
            raise self.job.state.error
        await asyncio.to_thread(delete_old, config, name)


def no_passphrase() -> InputError:
    return InputError(
        Text(
            "there is no passphrase for backups; set {variable} or [backup] passphrase_file",
            variable=VARIABLE,
        )
    )
