import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.adapters import promote
from storage.chats import set_mode, upsert_chat
from storage.errors import InputError, TwinError
from tests.registry import enter_adapter
from tests.twin.fakes import (
    FakeConnector,
    FakeEngine,
    FakeTime,
    chat_with,
    config_in,
    run_tasks,
    said,
)
from tests.twin.push.recording import RecordingService, subscription
from twin.app import App
from twin.config.schema import ScheduleSettings
from twin.connectors.base import Capabilities, Outgoing
from twin.engine.base import NotServed
from twin.live_adapter import ADAPTER_POLL_S, RETRY_S
from twin.replying.supervise import Backoff


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


class FakeTraining:
    """Runs that last until a test ends them."""

    def __init__(self) -> None:
        self.elsewhere = False
        self.ordered: list[str] = []
        self.line: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.tell: Callable[[str], None] | None = None
        self.crash: Exception | None = None
        self.runs = 0

    def is_running(self) -> bool:
        return self.elsewhere

    def next_at(self) -> int | None:
        return None

    def follow(self, schedule: ScheduleSettings) -> None:
        raise NotImplementedError

    async def train(self, reason: str) -> str:
        self.ordered.append(reason)
        return await self.line

    async def run(self, tell: Callable[[str], None]) -> None:
        self.runs += 1
        self.tell = tell
        if self.crash:
            raise self.crash
        await asyncio.Event().wait()


def make_live(db: Database, name: str) -> None:
    enter_adapter(db, name)
    promote(db, name)


@asynccontextmanager
async def running(app: App) -> AsyncIterator[None]:
    task = asyncio.create_task(app.run())
    await run_tasks()
    try:
        yield
    finally:
        app.stop()
        await task


async def test_a_message_is_answered_and_stop_puts_everything_away(
    tmp_path: Path, db: Database, engine: FakeEngine, time: FakeTime
) -> None:
    chat_with(db, "ann")
    connector = FakeConnector()
    async with running(App(config_in(tmp_path), db, [connector], engine, clock=time.clock)):
        assert engine.loaded == [None]  # no adapter is live: the base answers
        assert connector.emit is not None
        await connector.emit("fake", said("hi", time.seconds))
        await time.advance(60)
    assert connector.sent == [("ann", "ok")]
    assert engine.stopped
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_database_that_is_removed_is_told_once_and_nothing_is_accepted(
    tmp_path: Path,
    db: Database,
    engine: FakeEngine,
    time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def at_once(call: Callable[[], None]) -> None:
        call()

    monkeypatch.setattr("twin.app.asyncio.to_thread", at_once)
    connector, file = FakeConnector(), config_in(tmp_path).database
    async with running(App(config_in(tmp_path), db, [connector], engine, clock=time.clock)):
        assert connector.emit is not None
        file.rename(tmp_path / "away")
        with pytest.raises(TwinError, match="was removed"):
            await connector.emit("fake", said("hi", time.seconds))
        await time.advance(60)
        assert caplog.text.count("was removed") == 1
        (tmp_path / "away").rename(file)
        await time.advance(60)
        assert caplog.text.count("is well again") == 1
        await connector.emit("fake", said("hi again", time.seconds))
    assert [text for (text,) in db.execute("SELECT text FROM messages")] == ["hi again"]


async def test_devices_are_told_of_a_lost_database_a_training_and_a_connection(
    tmp_path: Path,
    db: Database,
    engine: FakeEngine,
    time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def at_once(call: Callable[..., Any], *given: object) -> Any:
        return call(*given)

    service = RecordingService()
    monkeypatch.setattr("twin.app.PushService", lambda contact: service)
    monkeypatch.setattr("twin.app.asyncio.to_thread", at_once)
    training, connector = FakeTraining(), FakeConnector()
    config = config_in(tmp_path)
    app = App(config, db, [connector], engine, training, clock=time.clock)
    async with running(app):
        await app.devices.add(subscription("phone"), "phone", "en")
        connector.status().state = "failed"
        assert training.tell is not None
        training.tell("The twin stays as it was.")
        await time.advance(310)
        config.database.rename(tmp_path / "away")
        await time.advance(601)
        (tmp_path / "away").rename(config.database)
    assert service.lines == [
        "Training ended; the twin stays as it was.",
        "fake is not connected.",
        "The database can't be used: nothing new is kept.",
    ]


async def test_a_push_service_that_never_answers_holds_up_nobody(
    tmp_path: Path,
    db: Database,
    engine: FakeEngine,
    time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chat_with(db, "ann")
    service, connector = RecordingService(), FakeConnector()
    service.gate = asyncio.Event()
    monkeypatch.setattr("twin.app.PushService", lambda contact: service)
    training = FakeTraining()
    app = App(config_in(tmp_path), db, [connector], engine, training, clock=time.clock)
    async with running(app):
        await app.devices.add(subscription("phone"), "phone", "en")
        assert training.tell is not None
        training.tell("The twin stays as it was.")
        await time.advance(10)
        assert len(service.told) == 1
        assert connector.emit is not None
        await connector.emit("fake", said("hi", time.seconds))
        await time.advance(60)
    assert connector.sent == [("ann", "ok")]


async def test_cancelling_ends_it_cleanly_too(
    tmp_path: Path, db: Database, engine: FakeEngine, time: FakeTime
) -> None:
    task = asyncio.create_task(
        App(config_in(tmp_path), db, [FakeConnector()], engine, clock=time.clock).run()
    )
    await run_tasks()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert engine.stopped
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_crash_is_survived_and_the_others_keep_running(
    tmp_path: Path,
    db: Database,
    engine: FakeEngine,
    time: FakeTime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    chat_with(db, "ann", "good")
    bad, good = FakeConnector("bad"), FakeConnector("good")
    bad.crashes.extend([RuntimeError("what a friend wrote"), RuntimeError(), RuntimeError()])
    training = FakeTraining()
    training.crash = TwinError("no disk")
    async with running(
        App(config_in(tmp_path), db, [bad, good], engine, training, clock=time.clock)
    ):
        assert good.emit is not None
        await good.emit("good", said("hi", time.seconds))
        await time.advance(1)
        assert (bad.runs, training.runs) == (2, 2)
        await time.advance(1)
        assert bad.runs == 2  # later each time
        await time.advance(60)
        assert bad.runs == 4
        assert good.runs == 1
        assert good.sent == [("ann", "ok")]
    assert "bad crashed (RuntimeError)" in caplog.text
    assert "trainer failed: no disk" in caplog.text
    assert "what a friend wrote" not in caplog.text


def test_waits_double_up_to_a_limit_and_are_forgotten_after_a_good_run() -> None:
    backoff = Backoff(first=1, longest=5)
    assert [backoff.next(before, 0.1) for before in (0, 1, 2, 4, 5)] == [1, 2, 4, 5, 5]
    assert backoff.next(5, ran=6) == 1


async def test_a_new_live_adapter_is_loaded_while_running(
    tmp_path: Path, db: Database, engine: FakeEngine, time: FakeTime
) -> None:
    make_live(db, "one")
    async with running(App(config_in(tmp_path), db, [FakeConnector()], engine, clock=time.clock)):
        assert engine.adapter == "one"
        make_live(db, "two")
        await time.advance(ADAPTER_POLL_S)
        assert engine.adapter == "two"
        await time.advance(60)
    assert engine.loaded == ["one", "two"]


async def test_a_refused_adapter_is_logged_once_and_the_old_one_stays(
    tmp_path: Path,
    db: Database,
    engine: FakeEngine,
    time: FakeTime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_live(db, "one")
    engine.refuse["two"] = TwinError("made for another base")
    async with running(App(config_in(tmp_path), db, [FakeConnector()], engine, clock=time.clock)):
        make_live(db, "two")
        await time.advance(60)
        assert engine.adapter == "one"
        assert [r.levelno for r in caplog.records if r.levelno >= logging.WARNING] == [
            logging.ERROR
        ]
        make_live(db, "three")
        await time.advance(60)
        assert engine.adapter == "three"
    assert engine.loaded == ["one", "two", "three"]


async def test_a_base_that_cant_take_over_is_told_of_once(
    tmp_path: Path,
    db: Database,
    engine: FakeEngine,
    time: FakeTime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_live(db, "one")
    async with running(App(config_in(tmp_path), db, [FakeConnector()], engine, clock=time.clock)):
        engine.refuse[None] = TwinError("not enough memory")
        db.execute("UPDATE adapters SET status = 'pruned'")
        await time.advance(10 * ADAPTER_POLL_S)
        told = [each for each in caplog.records if "refused" in each.message]
        assert len(told) == 1
        engine.refuse.clear()
        await time.advance(ADAPTER_POLL_S)
        assert engine.adapter is None


async def test_what_waits_for_its_server_is_tried_again_and_told_once(
    tmp_path: Path, db: Database, engine: FakeEngine, time: FakeTime
) -> None:
    make_live(db, "one")
    engine.refuse["one"] = NotServed("start it with --lora /x")
    async with running(App(config_in(tmp_path), db, [FakeConnector()], engine, clock=time.clock)):
        await time.advance(3 * RETRY_S)
        assert engine.loaded[:2] == ["one", None]
        assert 4 <= len(engine.loaded) <= 5  # not at each look
        engine.refuse.clear()
        await time.advance(RETRY_S + ADAPTER_POLL_S)
        assert engine.adapter == "one"


async def test_with_a_refused_adapter_at_the_start_the_base_answers(
    tmp_path: Path, db: Database, engine: FakeEngine, time: FakeTime
) -> None:
    make_live(db, "one")
    engine.refuse["one"] = TwinError("missing")
    async with running(App(config_in(tmp_path), db, [FakeConnector()], engine, clock=time.clock)):
        await time.advance(60)
        assert engine.adapter is None
    assert engine.loaded == ["one", None]


async def test_with_a_refused_adapter_at_the_start_the_one_before_answers(
    tmp_path: Path, db: Database, engine: FakeEngine, time: FakeTime
) -> None:
    for name in ("one", "two", "three"):
        make_live(db, name)
    engine.refuse |= {"three": TwinError("torn"), "two": TwinError("missing")}
    async with running(App(config_in(tmp_path), db, [FakeConnector()], engine, clock=time.clock)):
        await time.advance(60)
        assert engine.adapter == "one"
    assert engine.loaded == ["three", "two", "one"]


async def test_without_a_base_model_run_raises(
    tmp_path: Path, db: Database, engine: FakeEngine, time: FakeTime
) -> None:
    engine.refuse[None] = InputError("base model 'x': not there")
    app = App(config_in(tmp_path), db, [FakeConnector()], engine, clock=time.clock)
    with pytest.raises(InputError, match="not there"):
        await app.run()
    assert engine.stopped


class Owner:
    """The owner's chat with themselves: they type commands there and get notices."""

    def __init__(self, db: Database, time: FakeTime, connector: FakeConnector) -> None:
        upsert_chat(db, "fake", "me", "me", kind="self")
        self._time, self._connector = time, connector

    async def command(self, line: str) -> list[str]:
        """Type it; the messages that come back."""
        assert self._connector.emit is not None
        before = len(self._connector.sent)
        event = said(line, self._time.seconds, friend="me", from_owner=True)
        await self._connector.emit("fake", replace(event, chat_kind="self", steers=True))
        return await self.reads(before)

    async def reads(self, since: int) -> list[str]:
        await self._time.advance(60)
        return self._connector.texts[since:]


async def test_the_owner_starts_a_run_and_learns_how_it_went(
    tmp_path: Path, db: Database, engine: FakeEngine, time: FakeTime
) -> None:
    connector, training = FakeConnector(), FakeTraining()
    owner = Owner(db, time, connector)
    app = App(config_in(tmp_path), db, [connector], engine, training, clock=time.clock)
    async with running(app):
        [answer] = await owner.command("/twin train")
        assert "started" in answer
        assert await owner.command("/twin train") == ["A run is already going."]
        training.line.set_result("It got better.")
        assert await owner.reads(2) == ["It got better."]
        training.elsewhere = True
        assert await owner.command("/twin train") == ["A run is already going."]
    assert training.ordered == ["ordered by the owner"]


async def test_a_draft_is_decided_by_its_buttons(
    tmp_path: Path, db: Database, engine: FakeEngine, time: FakeTime
) -> None:
    connector = FakeConnector(capabilities=Capabilities(buttons=True))
    owner = Owner(db, time, connector)
    set_mode(db, chat_with(db, "ann").id, "draft")
    engine.enqueue("at eight", "at nine", "at ten")

    async def pressed(label: str, of: Outgoing, more: str = "") -> list[tuple[str, str]]:
        """What comes back, and whatever else the friend got before it."""
        command = next(text for name, text in of.commands if name == label)
        before = len(connector.sent)
        await owner.command(command + more)
        return connector.sent[before:]

    async def drafted() -> Outgoing:
        assert connector.emit is not None
        await connector.emit("fake", said("when?", time.seconds, friend="ann"))
        await time.advance(60)
        assert connector.sent[-1][0] == "me"
        return connector.messages[-1]

    async with running(App(config_in(tmp_path), db, [connector], engine, clock=time.clock)):
        first = await drafted()
        sent = {("ann", "at eight"), ("me", "Draft 1 is on its way.")}
        assert sent <= set(await pressed("Send", first))
        [(_, again)] = await pressed("Send", first)
        assert "none of that number waits" in again
        assert ("ann", "tomorrow") in await pressed("Edit", await drafted(), " tomorrow")
        assert await pressed("Reject", await drafted()) == [("me", "Draft 3 is dropped.")]


async def test_the_owner_is_notified_after_a_night(
    tmp_path: Path, db: Database, engine: FakeEngine, time: FakeTime
) -> None:
    connector, training = FakeConnector(), FakeTraining()
    owner = Owner(db, time, connector)
    app = App(config_in(tmp_path), db, [connector], engine, training, clock=time.clock)
    async with running(app):
        assert training.tell is not None
        training.tell("The night brought nothing.")
        assert await owner.reads(0) == ["The night brought nothing."]


async def test_a_run_that_fails_is_reported_without_what_friends_wrote(
    tmp_path: Path, db: Database, engine: FakeEngine, time: FakeTime
) -> None:
    connector, training = FakeConnector(), FakeTraining()
    owner = Owner(db, time, connector)
    training.line.set_exception(RuntimeError("a friend's words"))
    app = App(config_in(tmp_path), db, [connector], engine, training, clock=time.clock)
    async with running(app):
        _, line = await owner.command("/twin train")
        assert "RuntimeError" in line
        assert "words" not in line


async def test_the_end_of_the_bot_ends_an_ordered_run(
    tmp_path: Path, db: Database, engine: FakeEngine, time: FakeTime
) -> None:
    connector, training = FakeConnector(), FakeTraining()
    owner = Owner(db, time, connector)
    app = App(config_in(tmp_path), db, [connector], engine, training, clock=time.clock)
    async with running(app):
        await owner.command("/twin train")
    assert training.line.cancelled()
    assert asyncio.all_tasks() == {asyncio.current_task()}
