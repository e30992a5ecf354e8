import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest

from training import schedule
from training.schedule import Trainer, nightly_trigger

BERLIN = ZoneInfo("Europe/Berlin")
WAIT = "import threading; threading.Event().wait()"


def test_the_next_night_is_at_the_owners_time_of_day() -> None:
    trigger = nightly_trigger("03:30", "Europe/Berlin")
    evening = datetime(2026, 1, 10, 20, 0, tzinfo=UTC)
    assert trigger.get_next_fire_time(None, evening) == datetime(2026, 1, 11, 3, 30, tzinfo=BERLIN)


def test_it_follows_the_zone_through_a_clock_change() -> None:
    trigger = nightly_trigger("04:15", "Europe/Berlin")
    before = trigger.get_next_fire_time(None, datetime(2026, 3, 28, 0, 0, tzinfo=BERLIN))
    after = trigger.get_next_fire_time(None, datetime(2026, 3, 29, 0, 0, tzinfo=BERLIN))
    assert (before.astimezone(UTC).hour, after.astimezone(UTC).hour) == (3, 2)


def use_command(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    command = [sys.executable, "-c", script]
    monkeypatch.setattr(schedule, "trainer_command", lambda *_: command)


@pytest.mark.parametrize(("script", "succeeded"), [("print('{}')", True), ("exit(1)", False)])
async def test_the_exit_code_tells_whether_it_worked(
    monkeypatch: pytest.MonkeyPatch, script: str, succeeded: bool
) -> None:
    use_command(monkeypatch, script)
    assert await Trainer(Path("config.toml"), 60).train("test") is succeeded


async def test_one_run_at_a_time_and_none_outlives_the_bot(monkeypatch: pytest.MonkeyPatch) -> None:
    use_command(monkeypatch, WAIT)
    trainer = Trainer(Path("config.toml"), 60)
    first = asyncio.create_task(trainer.train("test"))
    while not (children := psutil.Process().children()):  # noqa: ASYNC110 (a process is no Event)
        await asyncio.sleep(0)
    assert await trainer.train("test") is False
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert not any(child.is_running() for child in children)


async def test_a_run_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    use_command(monkeypatch, WAIT)
    assert await Trainer(Path("config.toml"), 0.01).train("test") is False
