"""When to train: every night at the configured time, as a process of its own."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from tzlocal import get_localzone

from training.process import process_options, trainer_command
from twin.config import Config

log = logging.getLogger(__name__)

TERMINATE_GRACE_S = 10.0

Train = Callable[[str], Awaitable[bool]]


def nightly_trigger(retrain_at: str, timezone: str) -> CronTrigger:
    """Every day at HH:MM of the named zone, of this machine's when the name is empty."""
    hour, minute = retrain_at.split(":")
    zone: tzinfo = ZoneInfo(timezone) if timezone else get_localzone()
    return CronTrigger(hour=int(hour), minute=int(minute), timezone=zone)


class Trainer:
    """Runs one training process at a time."""

    def __init__(self, config_path: Path, timeout_s: float) -> None:
        self._config_path = config_path
        self._timeout_s = timeout_s
        self._lock = asyncio.Lock()

    async def train(self, reason: str) -> bool:
        """Whether the run succeeded. Its result is in `training_runs`, its adapter in `adapters`.

        A run that is asked for while another is going is not started. When the caller is
        cancelled or the time is up, the process is terminated, then killed.
        """
        if self._lock.locked():
            log.info("training (%s) not started: a run is going", reason)
            return False
        async with self._lock:
            process = await asyncio.create_subprocess_exec(
                *trainer_command(self._config_path, reason), **process_options()
            )
            log.info("training (%s) started as process %d", reason, process.pid)
            try:
                await asyncio.wait_for(process.communicate(), self._timeout_s)
            except TimeoutError:
                log.warning(
                    "training (%s) took over %.0f s and is stopped", reason, self._timeout_s
                )
            finally:
                await _end(process)
            log.info("training (%s) ended with exit code %s", reason, process.returncode)
            return process.returncode == 0


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), TERMINATE_GRACE_S)
    except TimeoutError:
        process.kill()
        await process.wait()


class Nightly:
    """The task of the bot that starts the trainer at night.

    APScheduler's defaults drop a job that is a second late; here a late one runs, once.
    """

    def __init__(self, config: Config, train: Train | None = None) -> None:
        self._trigger = nightly_trigger(config.schedule.retrain_at, config.schedule.timezone)
        timeout_s = config.schedule.timeout_hours * 3600
        self.train = train or Trainer(config.path, timeout_s).train

    async def run(self) -> None:
        scheduler = AsyncIOScheduler(timezone=self._trigger.timezone)
        scheduler.add_job(
            self.train,
            self._trigger,
            args=["nightly"],
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )
        scheduler.start()
        try:
            await asyncio.Event().wait()
        finally:
            scheduler.shutdown(wait=False)
