import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.date import DateTrigger
from filelock import FileLock
from sqlite_utils import Database

from storage import runs
from storage.adapters import promote
from storage.chat_deletion import forget_chat
from storage.chats import upsert_chat
from storage.database import open_database
from storage.messages import NewMessage, log_message
from storage.reasons import RunEnd, RunReason
from storage.runs import Run
from tests.registry import enter_adapter
from tests.twin.fakes import FakeTime, run_tasks
from training.scheduling import schedule
from training.scheduling.schedule import Nightly, nightly_trigger
from twin.config.schema import Config, ScheduleSettings

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600


def test_the_next_night_is_at_the_owners_time_of_day() -> None:
    trigger = nightly_trigger(ScheduleSettings(timezone="Europe/Berlin"))
    evening = datetime(2026, 1, 10, 20, 0, tzinfo=UTC)
    assert trigger.get_next_fire_time(None, evening) == datetime(2026, 1, 11, 3, 30, tzinfo=BERLIN)


def test_it_follows_the_zone_through_a_clock_change() -> None:
    trigger = nightly_trigger(ScheduleSettings(retrain_at="04:15", timezone="Europe/Berlin"))
    before = trigger.get_next_fire_time(None, datetime(2026, 3, 28, 0, 0, tzinfo=BERLIN))
    after = trigger.get_next_fire_time(None, datetime(2026, 3, 29, 0, 0, tzinfo=BERLIN))
    assert (before.astimezone(UTC).hour, after.astimezone(UTC).hour) == (3, 2)


class FakeTrainer:
    """Makes runs that end at once, as `outcome` says."""

    def __init__(self, db: Database, time: FakeTime) -> None:
        self._db, self._time = db, time
        self.outcome = "done"
        self.asked: list[tuple[str, str | None]] = []
        self.is_asked = asyncio.Event()
        self.looks = 0
        self.is_busy = False
        self.breaks = 0

    def is_running(self) -> bool:
        self.looks += 1
        self.is_asked.set()
        return self.is_busy

    async def train(self, reason: str, night: str | None = None) -> Run | None:
        if self.breaks:
            self.breaks -= 1
            raise OSError("no more processes")
        if self.is_busy:
            return None
        self.asked.append((reason, night))
        run = runs.start_run(self._db, reason, 1, night)
        if self.outcome == "done":
            runs.finish_run(self._db, run, {"summary": "It got better."})
        else:
            runs.fail_run(self._db, run, self.outcome)
        # The row bears the time of this machine; the test's clock is another.
        self._db.execute(
            "UPDATE training_runs SET finished_at = ? WHERE id = ?", [self._time.now(), run]
        )
        return runs.get_run(self._db, run)


class Bot:
    """A schedule on a database of its own. It is 03:00 in Berlin."""

    def __init__(self, folder: Path, **settings: object) -> None:
        rules = ScheduleSettings(timezone="Europe/Berlin").model_copy(update=settings)
        self.config = Config(path=folder / "config.toml", data=folder, schedule=rules)
        self.db = open_database(self.config.database)
        self.time = FakeTime()
        self.time.seconds = datetime(2026, 1, 10, 3, 0, tzinfo=BERLIN).timestamp()
        self.trainer = FakeTrainer(self.db, self.time)
        self.nightly = Nightly(self.config, self.db, self.trainer, self.time.clock)
        self.told: list[str] = []
        self.write(30)

    def write(self, count: int) -> None:
        chat = upsert_chat(self.db, "test", "ann", "Ann")
        for _ in range(count):
            log_message(self.db, NewMessage(chat.id, "owner", "hi", self.time.now()))

    def states(self) -> list[tuple[str, str | None]]:
        return [(run.state, run.night) for run in reversed(runs.list_runs(self.db, 99))]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.nightly.run(self.told.append))
        await run_tasks()
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


NewBot = Callable[..., Bot]


@pytest.fixture
def new_bot(tmp_path: Path) -> NewBot:
    return lambda **settings: Bot(tmp_path, **settings)


async def test_it_trains_once_in_the_night_and_tells_the_owner(new_bot: NewBot) -> None:
    bot = new_bot()
    async with bot.running():
        assert bot.trainer.asked == []
        await bot.time.advance(HOUR)
        assert bot.trainer.asked == [("nightly", "2026-01-10")]
        assert bot.told == ["It got better."]
        bot.write(99)
        await bot.time.advance(20 * HOUR)
        assert len(bot.trainer.asked) == 1
        await bot.time.advance(4 * HOUR)
        assert bot.trainer.asked[1:] == [("nightly", "2026-01-11")]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_bot_that_starts_in_the_window_looks_at_once(new_bot: NewBot) -> None:
    bot = new_bot()
    bot.time.seconds += 2 * HOUR
    async with bot.running():
        assert bot.trainer.asked == [("nightly", "2026-01-10")]


async def test_too_few_messages_are_recorded_and_are_no_news(new_bot: NewBot) -> None:
    bot = new_bot(min_new_messages=31)
    async with bot.running():
        await bot.time.advance(HOUR)
        assert bot.states() == [("skipped", "2026-01-10")]
        bot.write(1)
        await bot.time.advance(HOUR)
    assert bot.states() == [("skipped", "2026-01-10")]
    assert (bot.told, bot.trainer.asked) == ([], [])
    run = runs.latest_run(bot.db)
    assert run is not None
    assert run.error == RunEnd.FEW_MESSAGES.of("30 < 31")


async def test_what_failed_is_tried_three_times_in_one_night(new_bot: NewBot) -> None:
    bot = new_bot()
    bot.trainer.outcome = "no disk"
    async with bot.running():
        await bot.time.advance(12 * HOUR)
        assert bot.states() == [("failed", "2026-01-10")] * 3
        assert bot.told == ["Training failed: no disk"] * 3


async def test_nothing_is_begun_while_a_run_is_going(new_bot: NewBot) -> None:
    bot = new_bot()
    bot.trainer.is_busy = True
    async with bot.running():
        await bot.time.advance(2 * HOUR)
        assert bot.states() == []
        assert await bot.nightly.train("ordered") == "A run is already going."
        bot.trainer.is_busy = False
        await bot.time.advance(HOUR)
        assert bot.states() == [("done", "2026-01-10")]


async def test_an_orphan_is_failed_at_the_start_unless_a_trainer_is_at_work(
    new_bot: NewBot,
) -> None:
    bot = new_bot()
    runs.start_run(bot.db, "nightly", 1, "2026-01-10")
    with FileLock(bot.config.path_of("train.lock")):
        async with bot.running():
            assert bot.states() == [("running", "2026-01-10")]
    async with bot.running():
        assert bot.states() == [("failed", "2026-01-10")]
        await bot.time.advance(HOUR)
        assert bot.states() == [("failed", "2026-01-10"), ("done", "2026-01-10")]


async def test_a_clock_that_is_set_and_a_nap_are_seen_within_a_minute(new_bot: NewBot) -> None:
    bot = new_bot()
    bot.time.seconds -= 10 * HOUR
    async with bot.running():
        await bot.time.advance(120)
        bot.time.skew = 11 * HOUR
        await bot.time.advance(60)
        assert bot.trainer.asked == [("nightly", "2026-01-10")]
        bot.time.skew = 0
        bot.write(99)
        await bot.time.advance(11 * HOUR)
        assert len(bot.trainer.asked) == 1  # that night had its run, and comes again


async def test_an_alarm_makes_it_look(new_bot: NewBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "nightly_trigger", lambda _: DateTrigger())  # now
    bot = new_bot()
    async with bot.running(), asyncio.timeout(10):
        while bot.trainer.looks < 2:  # the first is that of the start
            bot.trainer.is_asked.clear()
            await bot.trainer.is_asked.wait()


async def test_the_alarm_is_set_anew_every_hour(
    new_bot: NewBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[ScheduleSettings] = []

    def trigger(settings: ScheduleSettings) -> DateTrigger:
        made.append(settings)
        return DateTrigger(datetime(2100, 1, 1, tzinfo=UTC))

    monkeypatch.setattr(schedule, "nightly_trigger", trigger)
    bot = new_bot()
    async with bot.running():
        await bot.time.advance(3 * HOUR)
        assert len(made) == 4


async def test_after_an_unknown_failure_it_looks_again_an_hour_later(
    new_bot: NewBot, caplog: pytest.LogCaptureFixture
) -> None:
    bot = new_bot()
    bot.trainer.breaks = 1
    async with bot.running():
        await bot.time.advance(HOUR)
        assert bot.trainer.asked == []
        assert "looking failed (OSError)" in caplog.text
        await bot.time.advance(HOUR)
        assert bot.trainer.asked == [("nightly", "2026-01-10")]


async def test_a_machine_that_sleeps_at_night_learns_by_day(new_bot: NewBot) -> None:
    bot = new_bot()
    bot.time.seconds += 4.5 * 24 * HOUR
    async with bot.running():
        [(reason, night)] = bot.trainer.asked
        assert reason.startswith(RunReason.CATCHING_UP.of(""))
        assert night == "2026-01-14"
        bot.write(99)
        await bot.time.advance(6 * HOUR)
        assert len(bot.trainer.asked) == 1


async def test_switched_off_it_trains_on_order_alone(new_bot: NewBot) -> None:
    bot = new_bot(enabled=False)
    async with bot.running():
        await bot.time.advance(30 * HOUR)
        assert bot.trainer.asked == []
        assert await bot.nightly.train("ordered") == "It got better."
    assert bot.trainer.asked == [("ordered", None)]


async def test_a_marked_adapter_is_replaced_although_nothing_is_new(new_bot: NewBot) -> None:
    bot = new_bot(min_new_messages=99)
    enter_adapter(bot.db, "one")
    promote(bot.db, "one")
    forget_chat(bot.db, upsert_chat(bot.db, "test", "ben", "Ben").id)
    async with bot.running():
        await bot.time.advance(HOUR)
        assert bot.trainer.asked == [("a chat was forgotten", "2026-01-10")]


async def test_a_changed_schedule_is_followed_without_a_restart(new_bot: NewBot) -> None:
    bot = new_bot(enabled=False)
    rules = bot.config.schedule
    async with bot.running():
        await bot.time.advance(HOUR)
        bot.nightly.follow(rules.model_copy(update={"enabled": True}))
        await run_tasks()
        assert bot.trainer.asked == [("nightly", "2026-01-10")]
        later = rules.model_copy(update={"enabled": True, "retrain_at": "21:00"})
        bot.nightly.follow(later)
        evening = datetime(2026, 1, 10, 21, 0, tzinfo=BERLIN)
        assert bot.nightly.next_at() == evening.timestamp() * 1000
        bot.nightly.follow(rules)
        assert bot.nightly.next_at() is None
        bot.write(99)
        await bot.time.advance(30 * HOUR)
    assert len(bot.trainer.asked) == 1


@pytest.mark.parametrize("fails", [False, True])
async def test_what_comes_before_a_night_costs_none(new_bot: NewBot, fails: bool) -> None:
    bot = new_bot()
    done: list[int] = []

    async def before() -> None:
        done.append(len(bot.trainer.asked))
        if fails:
            raise OSError("no memory")

    bot.nightly = Nightly(bot.config, bot.db, bot.trainer, bot.time.clock, before)
    bot.time.seconds += HOUR
    await bot.nightly.look(bot.told.append)
    await bot.nightly.look(bot.told.append)
    assert (done, len(bot.trainer.asked)) == ([0], 1)
