"""When devices are told, and of what: together, not at night, and nothing that should stay here."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.notice_kinds import set_names_told, set_told
from storage.outbox import Piece
from storage.push_devices import list_devices
from storage.runs import Run
from storage.texts import Text
from tests.twin.fakes import FakeTime, config_in
from tests.twin.push.recording import RecordingService, subscription
from twin.config.schema import PolicySettings
from twin.push.delivery import Delivery
from twin.push.devices import Devices
from twin.push.notifier import GAP_S, LOOK_S, RETRIES_S, Notifier
from twin.push.server_key import ServerKey
from twin.push.service import Outcome
from twin.replying.notices import (
    Notice,
    backup_notice,
    connection_notice,
    database_notice,
    doubt_notice,
    draft_notice,
    topic_notice,
    training_notice,
)

HOUR_S = 3600.0
SECRET, NAME = "the door's code is 4711", "Ann Example"
DRAFT = draft_notice(NAME, SECRET, [Piece(1, 1, SECRET, decision_id=3)])


@dataclass
class Told:
    """A notifier that runs, with a phone that reads English and a laptop that reads Chinese."""

    db: Database
    time: FakeTime
    service: RecordingService
    devices: Devices
    notifier: Notifier

    async def hears(self, *notices: Notice, seconds: float = LOOK_S) -> list[str]:
        """The lines that devices show when it looks at the beginning and end of that time."""
        before = len(self.service.told)
        for notice in notices:
            self.notifier.tell(notice)
        await self.time.advance(LOOK_S)
        if seconds > LOOK_S:
            self.time.seconds += seconds - 2 * LOOK_S
            await self.time.advance(LOOK_S)
        return self.service.lines[before:]


async def quiet_at(
    tmp_path: Path, db: Database, time: FakeTime, hours: str, languages: str
) -> AsyncIterator[Told]:
    config = config_in(tmp_path).model_copy(update={"policy": PolicySettings(quiet_hours=hours)})
    service = RecordingService()
    delivery = Delivery(db, tmp_path, service, time.clock)
    devices = Devices(db, delivery, time.clock)
    notifier = Notifier(config, db, delivery, time.clock)
    for language in languages.split():
        await devices.add(subscription(language), "phone", language)
    task = asyncio.create_task(notifier.run())
    await asyncio.sleep(0)
    yield Told(db, time, service, devices, notifier)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def told(tmp_path: Path, db: Database, time: FakeTime) -> AsyncIterator[Told]:
    async for one in quiet_at(tmp_path, db, time, "22:00-07:00", "en"):
        yield one


@pytest.fixture
async def two(tmp_path: Path, db: Database, time: FakeTime) -> AsyncIterator[Told]:
    async for one in quiet_at(tmp_path, db, time, "", "en zh-CN"):
        yield one


def held(name: str = NAME) -> Notice:
    return topic_notice(name, "money")


def run_of(state: str, **result: object) -> Run:
    return Run(1, state, "night", None, None, 0, None, None, None, None, json.dumps(result))


async def test_many_at_once_are_one_notice_and_the_next_one_waits(told: Told) -> None:
    assert await told.hears(*[held()] * 10) == ["10 messages are left to you."]
    assert await told.hears(held(), held(), seconds=GAP_S - 2 * LOOK_S) == []
    assert await told.hears(seconds=3 * LOOK_S) == ["2 messages are left to you."]
    assert await told.hears(seconds=HOUR_S) == []
    assert {shown["tag"] for _, shown in told.service.told} == {"held"}


async def test_nothing_is_told_in_quiet_hours_and_all_of_it_after(told: Told) -> None:
    assert await told.hears(seconds=10.5 * HOUR_S) == []  # 22:30
    assert await told.hears(held(), doubt_notice(NAME), seconds=8 * HOUR_S) == []
    lines = await told.hears(seconds=HOUR_S)
    assert lines == ["1 message is left to you.", "A message may not have arrived."]


async def test_the_nights_training_is_told_in_the_morning_even_without_quiet_hours(
    two: Told,
) -> None:
    await two.hears(seconds=15 * HOUR_S)  # 03:00
    run = run_of("done", verdict={"promoted": True}, samples=1234)
    assert await two.hears(training_notice("A better twin", run), seconds=4 * HOUR_S) == []
    assert await two.hears(seconds=HOUR_S) == [
        "A better twin answers now. It learnt from 1234 answers.",
        "现在由更好的分身回答，它学了 1234 条回答。",
    ]
    assert set(two.service.urgencies) == {"low"}


@pytest.mark.parametrize(
    ("run", "line"),
    [
        (run_of("done", verdict={"promoted": False}), "Training ended; the twin stays as it was."),
        (run_of("done"), "Training ended; the twin stays as it was."),
        (run_of("failed"), "Training failed."),
        (run_of("running"), "Training ended; the twin stays as it was."),
        (None, "Training ended; the twin stays as it was."),
        (run_of("done", verdict={"promoted": True}), "A better twin answers now."),
    ],
)
async def test_what_came_of_a_run(told: Told, run: Run | None, line: str) -> None:
    assert await told.hears(training_notice(SECRET, run)) == [line]


async def test_no_word_and_no_name_leaves_the_house_unless_the_owner_says_so(told: Told) -> None:
    notices = [
        topic_notice(NAME, SECRET),
        DRAFT,
        doubt_notice(NAME),
        connection_notice("Matrix", SECRET),
        database_notice(SECRET),
        backup_notice(SECRET),
        training_notice(SECRET, None),
    ]
    for notice in notices:
        await told.hears(notice, seconds=GAP_S + LOOK_S)
    shown = json.dumps(told.service.told)
    assert len(told.service.told) == len(notices) - 1  # no draft waits by then
    assert not any(word in shown for word in ("door", "4711", *NAME.split()))
    set_names_told(told.db, True)
    names = [NAME, f"\u202eBen\n{'x' * 99}", "Cem", "Dan", "Eve"]
    [line] = await told.hears(*map(held, names), seconds=GAP_S + LOOK_S)
    assert line == f"5 messages are left to you. ({NAME}, Ben {'x' * 26}, Cem, …)"
    [line] = await told.hears(held("\u202e \u2800"), seconds=GAP_S + LOOK_S)
    assert line == "1 message is left to you."


async def test_a_draft_that_was_decided_meanwhile_is_no_news(told: Told) -> None:
    assert await told.hears(DRAFT) == []


async def test_what_the_owner_switched_off_is_not_told(told: Told) -> None:
    set_told(told.db, "device", "held", False)
    assert await told.hears(held(), doubt_notice(NAME)) == ["A message may not have arrived."]
    assert await told.hears(Notice("for the chats alone"), seconds=HOUR_S) == []


async def test_different_troubles_are_counted(told: Told) -> None:
    down = connection_notice("Matrix", None)
    assert await told.hears(down, down) == ["Matrix is not connected."]
    later = await told.hears(down, doubt_notice(NAME), database_notice("x"), seconds=GAP_S)
    assert later == ["3 things need you."]


async def test_a_device_that_is_gone_is_forgotten_and_one_that_refuses_says_so(two: Told) -> None:
    two.service.outcomes.extend([Outcome("gone", 410), Outcome("refused", 403)])
    await two.hears(held())
    [left] = list_devices(two.db)
    assert (left.language, left.failure, left.told_at) == ("zh-CN", 403, None)
    assert await two.hears(held(), seconds=GAP_S) == ["有 1 条消息留给你处理。"]
    [left] = list_devices(two.db)
    assert left.failure is None
    assert left.told_at is not None


async def test_a_service_that_is_down_is_tried_again_and_then_no_more(told: Told) -> None:
    later = Outcome("later", 503)
    told.service.outcomes.extend([later] * 4)
    assert len(await told.hears(held())) == 1
    for wait in RETRIES_S:
        assert await told.hears(seconds=wait - 5 * LOOK_S) == []
        assert len(await told.hears(seconds=6 * LOOK_S)) == 1
    assert await told.hears(seconds=2 * HOUR_S) == []
    # As long as it asks; and what is newer takes the place of what waits.
    told.service.outcomes.append(Outcome("later", 429, 1800.0))
    assert await told.hears(held()) == ["1 message is left to you."]
    assert await told.hears(seconds=1700.0) == []
    assert await told.hears(held()) == ["1 message is left to you."]
    assert await told.hears(seconds=2 * HOUR_S) == []


async def test_without_a_device_nothing_piles_up(told: Told) -> None:
    [device] = list_devices(told.db)
    await told.devices.remove(device.id)
    assert await told.hears(*[held()] * 5, seconds=HOUR_S) == []
    await told.devices.add(subscription("new"), "phone", "en")
    assert await told.hears(held()) == ["1 message is left to you."]


async def test_that_the_database_is_lost_is_told_all_the_same(told: Told) -> None:
    await told.hears(held())
    told.db.conn.close()
    lost = await told.hears(database_notice("gone"), seconds=GAP_S)
    assert lost == ["The database can't be used: nothing new is kept."]


async def test_a_lost_database_may_be_the_first_that_is_told(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(call: Callable[..., object], *given: object) -> object:
        return call(*given)

    monkeypatch.setattr("twin.push.delivery.asyncio.to_thread", at_once)
    fresh = Delivery(told.db, tmp_path, told.service, told.time.clock)
    notifier = Notifier(config_in(tmp_path), told.db, fresh, told.time.clock)
    task = asyncio.create_task(notifier.run())
    await asyncio.sleep(0)
    told.db.conn.close()
    notifier.tell(database_notice("gone"))
    await told.time.advance(LOOK_S)
    task.cancel()
    assert told.service.lines == ["The database can't be used: nothing new is kept."]


async def test_devices_of_another_key_are_dropped(told: Told, tmp_path: Path) -> None:
    """As after a restore without the secrets."""
    (tmp_path / "push" / "server-key.pem").unlink()
    other = Devices(
        told.db, Delivery(told.db, tmp_path, told.service, told.time.clock), told.time.clock
    )
    await other.public_key()
    assert list_devices(told.db) == []


async def test_pages_that_are_opened_together_get_one_key(told: Told, tmp_path: Path) -> None:
    fresh = Devices(told.db, Delivery(told.db, tmp_path / "new", told.service), told.time.clock)
    keys = await asyncio.gather(*(fresh.public_key() for _ in range(4)))
    assert set(keys) == {ServerKey(tmp_path / "new").public}


def test_a_brief_is_a_text_of_the_catalog() -> None:
    assert isinstance(doubt_notice(NAME).brief, Text)
