"""Train at night, as a task of the bot. `training_runs` is the truth, alarms only make it look."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlite_utils import Database

from storage import runs
from storage.chat_deletion import forgotten_since
from storage.runs import Run
from training.scheduling import nightly_plan
from training.scheduling.lifecycle import fail_orphans
from training.scheduling.nightly_plan import Plan, Wanted
from training.scheduling.outcome import GOING, line_of
from twin.clock import SYSTEM_CLOCK, Clock, zone_of
from twin.config.schema import Config, ScheduleSettings

log = logging.getLogger(__name__)

TICK_S = 60.0
TICKS_PER_LOOK = 60
JUMP_S = 60.0


class RunsTraining(Protocol):
    """What makes one run at a time: `training.scheduling.trainer_process.TrainerProcess`."""

    def is_running(self) -> bool: ...

    async def train(self, reason: str, night: str | None = None) -> Run | None: ...


def nightly_trigger(settings: ScheduleSettings) -> CronTrigger:
    """Every day at `retrain_at` in the owner's zone."""
    hour, minute = settings.retrain_at.split(":")
    return CronTrigger(hour=int(hour), minute=int(minute), timezone=zone_of(settings))


class Nightly:
    """Looks whether a run is due: at the start, at the time of day, and every hour.

    Every hour, because APScheduler works out from the wall clock how long to sleep: set back by a
    day, it would come a day late. And within a minute after the machine slept or its clock was set.
    """

    def __init__(
        self,
        config: Config,
        db: Database,
        trainer: RunsTraining,
        clock: Clock = SYSTEM_CLOCK,
        before: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """`before`: what is done in the bot before each nightly run."""
        self._config, self._db, self._trainer, self._clock = config, db, trainer, clock
        self._before = before
        self._settings = config.schedule
        self._alarm = asyncio.Event()
        self._alarms: Job | None = None

    def is_running(self) -> bool:
        return self._trainer.is_running()

    def next_at(self) -> int | None:
        settings = self._settings
        return nightly_plan.next_night(self._clock.now(), settings) if settings.enabled else None

    def follow(self, schedule: ScheduleSettings) -> None:
        self._settings = schedule
        if self._alarms is not None:
            self._alarms.reschedule(nightly_trigger(schedule))
            self._alarm.set()  # the new window may be open already

    async def train(self, reason: str) -> str:
        run = await self._trainer.train(reason)
        return line_of(run) if run else GOING

    async def run(self, tell: Callable[[str], None]) -> None:
        fail_orphans(self._config, self._db)
        # Without a job store of its own: what is due is worked out at each look.
        scheduler = AsyncIOScheduler(timezone=zone_of(self._settings))
        self._alarms = scheduler.add_job(
            self._ring,
            nightly_trigger(self._settings),
            misfire_grace_time=None,  # its default drops an alarm that is a second late
            coalesce=True,
            max_instances=1,
        )
        scheduler.start()
        hourly = asyncio.create_task(self._ring_every_hour(self._alarms), name="hourly look")
        try:
            await self._look_at_each_alarm(tell)
        finally:
            hourly.cancel()
            await asyncio.gather(hourly, return_exceptions=True)
            self._alarms = None
            scheduler.shutdown(wait=False)

    async def look(self, tell: Callable[[str], None]) -> None:
        """Make the run that is due now, if one is."""
        if not self._settings.enabled or self._trainer.is_running():
            return
        fail_orphans(self._config, self._db)
        wanted, plan = self._plan()
        if wanted is None or plan.action == "nothing":
            log.debug("no training now: %s", plan.reason)
        elif plan.action == "skip":
            # Not told: that nobody wrote to anybody is no news.
            log.info("night %s is skipped: %s", wanted.night, plan.reason)
            runs.skip_night(self._db, wanted.reason, str(wanted.night), plan.reason)
        else:
            await self._prepare()
            run = await self._trainer.train(plan.reason, str(wanted.night))
            if run is not None:
                tell(line_of(run))

    async def _prepare(self) -> None:
        if self._before is None:
            return
        try:
            await self._before()
        except Exception as error:  # boundary: a night is not lost for what comes before it
            log.error("before the night: failed (%s)", type(error).__name__)
            log.debug("before the night", exc_info=True)

    def _plan(self) -> tuple[Wanted | None, Plan]:
        settings, now = self._settings, self._clock.now()
        wanted = nightly_plan.wanted_night(now, settings, runs.idle_since(self._db, now))
        if wanted is None:
            return None, Plan("nothing", "no night is due")
        of_night = runs.runs_of_night(self._db, str(wanted.night))
        new = runs.new_owner_messages(self._db)
        must_replace = forgotten_since(self._db) is not None
        return wanted, nightly_plan.decide(wanted, of_night, new, settings, must_replace)

    async def _look_at_each_alarm(self, tell: Callable[[str], None]) -> None:
        while True:
            self._alarm.clear()
            try:
                await self.look(tell)
            except Exception as error:  # boundary: tried again at the next alarm, not at once
                log.error("training: looking failed (%s)", type(error).__name__)
                log.debug("training", exc_info=True)
            await self._alarm.wait()

    async def _ring(self) -> None:
        self._alarm.set()

    async def _ring_every_hour(self, job: Job) -> None:
        while True:
            await self._an_hour_or_a_jump()
            job.reschedule(nightly_trigger(self._settings))
            self._alarm.set()

    async def _an_hour_or_a_jump(self) -> None:
        for _ in range(TICKS_PER_LOOK):
            before = self._clock.now() / 1000
            await self._clock.sleep(TICK_S)
            passed = self._clock.now() / 1000 - before
            if abs(passed - TICK_S) > JUMP_S:
                return  # the machine slept, or somebody set its clock
