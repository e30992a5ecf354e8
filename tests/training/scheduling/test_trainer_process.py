import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from filelock import FileLock
from sqlite_utils import Database

from storage import runs
from storage.database import open_database
from storage.reasons import RunEnd
from storage.run_progress import note_waiting
from storage.runs import Run
from tests.twin.fakes import FakeTime, run_tasks
from training.scheduling import trainer_process
from training.scheduling.trainer_process import TrainerProcess
from twin.config.schema import Config, ScheduleSettings

pytestmark = pytest.mark.slow

MINUTE = 60
WAIT = "import threading; threading.Event().wait()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); "
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {STUBBORN + WAIT!r}], stdout=subprocess.PIPE)
child.stdout.readline()
open({{ready!r}}, "w").close()
{WAIT}
"""
RUNS = """
from pathlib import Path
from storage import runs
from storage.database import open_database
db = open_database(Path({database!r}))
run = runs.start_run(db, "test", 1, {night!r})
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    rules = ScheduleSettings(timeout_hours=2, silent_minutes=30)
    return Config(path=tmp_path / "config.toml", data=tmp_path, schedule=rules)


@pytest.fixture
def db(config: Config) -> Database:
    return open_database(config.database)


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def use_command(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    command = [sys.executable, "-c", script]
    monkeypatch.setattr(trainer_process, "trainer_command", lambda *_: command)


def its_run(config: Config, end: str) -> str:
    begin = RUNS.format(database=str(config.database), night="2026-01-10")
    return f"{begin}\n{end}"


def children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


@pytest.fixture
def others() -> set[psutil.Process]:
    """What other tests' fixtures started."""
    return children()


async def started(
    task: asyncio.Task[Run | None], others: set[psutil.Process]
) -> set[psutil.Process]:
    while not children() - others:
        assert not task.done()
        await asyncio.sleep(0)
    await run_tasks()
    return children() - others


@pytest.fixture
async def going(
    config: Config,
    db: Database,
    time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
    others: set[psutil.Process],
) -> asyncio.Task[Run | None]:
    """A training whose process waits for ever."""
    use_command(monkeypatch, WAIT)
    task = asyncio.create_task(TrainerProcess(config, db, clock=time.clock).train("test"))
    await started(task, others)
    return task


async def test_a_run_is_what_the_database_says(
    config: Config, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_command(monkeypatch, its_run(config, 'runs.finish_run(db, run, {"loss": 1.0})'))
    run = await TrainerProcess(config, db).train("test", "2026-01-10")
    assert run is not None
    assert (run.state, run.night, run.attempts) == ("done", "2026-01-10", 1)


async def test_the_run_of_a_process_that_died_is_failed(
    config: Config, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_command(monkeypatch, its_run(config, "import os; os._exit(9)"))
    run = await TrainerProcess(config, db).train("test", "2026-01-10")
    assert run is not None
    assert (run.state, run.error) == ("failed", "the process died")


async def test_what_fails_before_it_begins_counts_as_an_attempt(
    config: Config, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_command(monkeypatch, "exit(2)")
    run = await TrainerProcess(config, db).train("test", "2026-01-10")
    assert run is not None
    assert "before it began" in (run.error or "")
    assert [run] == runs.runs_of_night(db, "2026-01-10")


async def test_one_run_at_a_time_and_none_outlives_the_bot(
    config: Config, db: Database, monkeypatch: pytest.MonkeyPatch, others: set[psutil.Process]
) -> None:
    use_command(monkeypatch, WAIT)
    trainer = TrainerProcess(config, db)
    assert not trainer.is_running()
    first = asyncio.create_task(trainer.train("test"))
    mine = await started(first, others)
    assert trainer.is_running()
    assert await trainer.train("test") is None
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert not any(child.is_running() for child in mine)
    assert not trainer.is_running()


async def test_a_run_of_another_process_is_seen(
    config: Config, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_command(monkeypatch, "exit(1)")
    trainer = TrainerProcess(config, db)
    with FileLock(config.path_of("train.lock")):
        assert trainer.is_running()
        assert await trainer.train("test") is None
    assert not trainer.is_running()
    assert runs.list_runs(db, 9) == []


@pytest.mark.skipif(os.name != "posix", reason="process groups")
async def test_what_the_trainer_started_ends_with_it(
    config: Config,
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    others: set[psutil.Process],
) -> None:
    ready = tmp_path / "ready"
    use_command(monkeypatch, PARENT.format(ready=str(ready)))
    task = asyncio.create_task(TrainerProcess(config, db).train("test"))
    while not ready.exists():  # noqa: ASYNC110 (another process makes it)
        await asyncio.sleep(0)
    both = children() - others
    assert len(both) == 2
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    _, alive = psutil.wait_procs(both, timeout=10)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]


async def test_a_run_that_takes_too_long_is_stopped(
    db: Database, time: FakeTime, going: asyncio.Task[Run | None]
) -> None:
    run_id = runs.start_run(db, "test", 1)
    for minute in range(119):
        db.execute("UPDATE training_runs SET heartbeat_at = ?", [minute])
        await time.advance(MINUTE)
    assert not going.done()
    await time.advance(MINUTE)
    run = await going
    assert run is not None
    assert (run.id, run.state) == (run_id, "failed")
    assert run.error == RunEnd.TOO_LONG.of(2.0)


async def test_a_run_that_waits_for_another_twins_is_not_stopped(
    db: Database, time: FakeTime, going: asyncio.Task[Run | None]
) -> None:
    run_id = runs.start_run(db, "test", 1)
    note_waiting(db, run_id, waits=True)
    await time.advance(600 * MINUTE)
    assert not going.done()
    note_waiting(db, run_id, waits=False)
    await time.advance(31 * MINUTE)
    run = await going
    assert run is not None
    assert (run.error or "").startswith(RunEnd.SILENT.of(""))


async def test_a_run_without_a_sign_of_life_is_stopped(
    db: Database, time: FakeTime, going: asyncio.Task[Run | None]
) -> None:
    runs.start_run(db, "test", 1)
    await time.advance(29 * MINUTE)
    db.execute("UPDATE training_runs SET heartbeat_at = 1")
    time.skew = 10 * 3600  # a nap, or a clock that was set, is no silence
    await time.advance(30 * MINUTE)
    assert not going.done()
    await time.advance(MINUTE)
    run = await going
    assert run is not None
    assert (run.error or "").startswith(RunEnd.SILENT.of(""))


async def test_room_is_made_while_it_runs(
    config: Config, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    @asynccontextmanager
    async def free_memory() -> AsyncIterator[None]:
        seen.append(len(runs.list_runs(db, 9)))
        yield
        seen.append(len(runs.list_runs(db, 9)))

    use_command(monkeypatch, its_run(config, "runs.finish_run(db, run, {})"))
    await TrainerProcess(config, db, free_memory).train("test")
    assert seen == [0, 1]
