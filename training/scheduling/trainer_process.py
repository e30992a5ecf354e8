"""Run the trainer, one process at a time, and watch over it."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from sqlite_utils import Database

from storage import runs
from storage.reasons import RunEnd
from storage.run_progress import is_waiting
from storage.runs import Run
from training.scheduling.lifecycle import fail_orphans, is_going
from twin.child_process import end, process_options
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config

log = logging.getLogger(__name__)

TERMINATE_GRACE_S = 10.0
WATCH_S = 60.0

MemoryForTraining = Callable[[], AbstractAsyncContextManager[None]]


def trainer_command(config_path: Path, reason: str, night: str | None = None) -> list[str]:
    """The command line of one training run; it prints one JSON document when it ends.

    One of a night works when nothing else wants the processor; for any other somebody waits.
    """
    return [
        sys.executable,
        *("-m", "training"),
        *("--config", str(config_path.resolve())),
        *("--reason", reason, "--json"),
        *(("--night", night) if night else ()),
    ]


class TrainerProcess:
    """One training process at a time, with memory freed for it on the GPU meanwhile."""

    def __init__(
        self,
        config: Config,
        db: Database,
        free_memory: MemoryForTraining = contextlib.nullcontext,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._config, self._db, self._clock = config, db, clock
        self._free_memory = free_memory
        self._lock = asyncio.Lock()

    def is_running(self) -> bool:
        """Whether a run is going, whoever started it."""
        return self._lock.locked() or is_going(self._config)

    async def train(self, reason: str, night: str | None = None) -> Run | None:
        """One run as the database has it at its end; None when another one is going.

        When the caller is cancelled, the process is terminated, then killed.
        """
        if self.is_running():
            log.info("training (%s) not started: a run is going", reason)
            return None
        async with self._lock:
            before = runs.beginnings(self._db)
            async with self._free_memory():
                stopped = await self._process(reason, night)
                if is_going(self._config):
                    return None  # somebody else was faster
                fail_orphans(self._config, self._db)
                run = runs.begun_since(self._db, before)
            if run is None:
                # Recorded as an attempt: what fails before it begins would be tried all night.
                run_id = runs.start_run(self._db, reason, os.getpid(), night)
                return self._fail(run_id, stopped or RunEnd.NEVER_BEGAN)
            return self._fail(run.id, stopped) if stopped and run.state == "failed" else run

    def _fail(self, run_id: int, error: str) -> Run:
        runs.fail_run(self._db, run_id, error)
        return runs.get_run(self._db, run_id)

    async def _process(self, reason: str, night: str | None) -> str | None:
        """Run it to its end; why it had to be stopped, if it had to."""
        command = trainer_command(self._config.path, reason, night)
        options = process_options(idle=night is not None)
        process = await asyncio.create_subprocess_exec(*command, **options)
        log.info("training (%s) started as process %d", reason, process.pid)
        ended = asyncio.create_task(process.wait(), name="trainer")
        watch = asyncio.create_task(self._watch(), name="watch over the trainer")
        try:
            await asyncio.wait({ended, watch}, return_when=asyncio.FIRST_COMPLETED)
            stopped = None if ended.done() else watch.result()
            if stopped:
                log.warning("training (%s) is stopped: %s", reason, stopped)
        finally:
            watch.cancel()
            await end(process, TERMINATE_GRACE_S)
            await asyncio.gather(ended, watch, return_exceptions=True)
        log.info("training (%s) ended with exit code %s", reason, process.returncode)
        return stopped

    async def _watch(self) -> str:
        """Return when the run must be stopped, and why.

        Counted in minutes awake, not by the clock: a run must not be stopped because the machine
        slept for hours in the middle of it, or because somebody set the clock. Nor do minutes count
        in which it waited for other twins' trainings.
        """
        settings, beat = self._config.schedule, self._heartbeat()
        minutes = silent = 0
        while True:
            await self._clock.sleep(WATCH_S)
            if self._waits():
                continue
            minutes += 1
            before, beat = beat, self._heartbeat()
            silent = silent + 1 if beat == before else 0
            if silent >= settings.silent_minutes:
                return RunEnd.SILENT.of(settings.silent_minutes)
            if minutes >= settings.timeout_hours * 60:
                return RunEnd.TOO_LONG.of(settings.timeout_hours)

    def _waits(self) -> bool:
        run = runs.latest_run(self._db, "running")
        return run is not None and is_waiting(self._db, run.id)

    def _heartbeat(self) -> tuple[int, int | None] | None:
        run = runs.latest_run(self._db, "running")
        return (run.id, run.heartbeat_at) if run else None
