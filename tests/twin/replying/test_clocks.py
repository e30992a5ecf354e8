"""Clocks that disagree, jump, or stood still while the machine slept."""

import asyncio
from dataclasses import replace

import pytest

from storage.chats import get_chat
from storage.messages import messages_of_chat
from storage.preferences import pause_all
from storage.presence import absences
from tests.twin.driver import Bot, MakeBot
from tests.twin.fakes import FakeTime, chat_with, said
from twin.config.schema import PolicySettings
from twin.connectors.base import Heartbeat, LoggedIn
from twin.replying.set_clock import follow_clock

HOUR = 3600.0
TAKEOVER = PolicySettings().takeover_minutes * 60
TOO_OLD = "too old to be answered"


async def hear(bot: Bot, text: str, ahead: float) -> None:
    """A message of a platform whose clock is ahead by so many seconds."""
    await bot.inbox.handle("fake", said(text, bot.time.seconds + ahead))


async def set_clock(bot: Bot, skew: float) -> None:
    """As the bot notices it within two seconds."""
    bot.time.skew = skew
    await follow_clock(bot.replies._steady, bot.db, bot.replies._writes)


def order(bot: Bot) -> list[str]:
    return [message.text for message in messages_of_chat(bot.db, bot.chat.id)]


@pytest.mark.parametrize("ahead", [60, -60, 61.5, -119, 3 * HOUR, 0])
async def test_a_platforms_clock_does_not_mix_the_conversation(
    bot: Bot, time: FakeTime, ahead: float
) -> None:
    bot.engine.enqueue("r1", "r2", "r3")
    for number in range(1, 4):
        await hear(bot, f"m{number}", ahead)
        await time.advance(40)
    assert order(bot) == ["m1", "r1", "m2", "r2", "m3", "r3"]
    assert [turn["content"] for turn in bot.engine.asked[-1][1:]] == ["m1", "r1", "m2", "r2", "m3"]


async def test_a_platforms_clock_hours_behind_costs_one_answer(bot: Bot, time: FakeTime) -> None:
    for number in range(1, 5):
        await hear(bot, f"m{number}", -3 * HOUR)
        await time.advance(40)
    assert bot.reasons() == [TOO_OLD, "answered", "answered", "answered"]
    assert order(bot)[1:] == ["m2", "ok", "m3", "ok", "m4", "ok"]


async def test_what_was_delivered_late_stands_where_it_was_written(
    bot: Bot, time: FakeTime
) -> None:
    await bot.receive("today")
    await time.advance(60)
    await hear(bot, "yesterday", -20 * HOUR)
    assert order(bot) == ["yesterday", "today", "ok"]


@pytest.mark.parametrize("jump", [8 * HOUR, -8 * HOUR])
async def test_a_clock_set_and_set_back_silences_nobody(
    make_bot: MakeBot, time: FakeTime, jump: float
) -> None:
    bot = make_bot(policy={"quiet_hours": "", "max_per_chat_hour": 5})
    for number, skew in enumerate([0, jump] * 5):
        await set_clock(bot, skew)
        await bot.receive(f"m{number}")
        await time.advance(900)
    assert bot.reasons() == ["answered"] * 10
    assert order(bot) == [text for number in range(10) for text in (f"m{number}", "ok")]


async def test_a_set_clock_is_no_way_around_the_limits(make_bot: MakeBot, time: FakeTime) -> None:
    bot = make_bot(policy={"quiet_hours": "", "max_per_chat_hour": 2})
    for skew in (0, 8 * HOUR, 0, -8 * HOUR, 16 * HOUR):
        await set_clock(bot, skew)
        await bot.receive("hi")
        await time.advance(60)
    assert bot.connector.texts == ["ok", "ok"]


@pytest.mark.parametrize("jump", [8 * HOUR, -8 * HOUR])
async def test_pauses_and_takeovers_last_as_long_as_they_were_meant_to(
    make_bot: MakeBot, time: FakeTime, jump: float
) -> None:
    bot = make_bot(policy={"quiet_hours": ""})
    await bot.receive("I'm here", from_owner=True)
    await set_clock(bot, jump)
    await time.advance(TAKEOVER - 60)
    await bot.receive("hi")
    await time.advance(30)
    assert bot.connector.sent == []
    await time.advance(60)
    await bot.receive("hi again")
    await time.advance(60)
    assert bot.connector.texts == ["ok"]


async def test_a_clock_set_back_while_the_model_thinks_makes_nothing_young(
    bot: Bot, time: FakeTime
) -> None:
    thinking: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bot.engine.enqueue(thinking)
    await bot.receive("hi")
    await time.advance(HOUR)
    await set_clock(bot, -8 * HOUR)
    thinking.set_result("hello")
    await time.advance(60)
    assert bot.reasons() == [TOO_OLD]
    assert bot.connector.texts == []


async def test_setting_the_clock_is_no_absence(bot: Bot, time: FakeTime) -> None:
    await bot.inbox.handle("fake", LoggedIn("me"))
    for skew in (8 * HOUR, 0, 8 * HOUR):
        await set_clock(bot, skew)
        await time.advance(30)
        await bot.inbox.handle("fake", Heartbeat())
    assert absences(bot.db) == []


async def test_a_pause_without_an_end_has_none(bot: Bot) -> None:
    pause_all(bot.db)
    before = bot.db.execute("SELECT value FROM switches").fetchone()
    await set_clock(bot, 8 * HOUR)
    assert bot.db.execute("SELECT value FROM switches").fetchone() == before


async def test_a_wrong_clock_before_a_restart_silences_nobody_after_it(
    make_bot: MakeBot, time: FakeTime
) -> None:
    limits: dict[str, object] = {"quiet_hours": "", "max_per_chat_hour": 2}
    time.skew = 8 * HOUR
    bot = make_bot(policy=limits)
    for number in range(2):
        await bot.inbox.handle("fake", said(f"m{number}", time.now() / 1000))
        await time.advance(60)
    await bot.replies.stop()
    time.skew = 0
    again = Bot(bot.config.data, time, bot.connector, policy=limits)
    again.replies.start()
    await time.advance(HOUR + 60)
    await again.receive("m2")
    await time.advance(60)
    assert order(again) == ["m0", "ok", "m1", "ok", "m2", "ok"]
    await again.replies.stop()


async def test_an_old_message_is_never_answered(bot: Bot, time: FakeTime) -> None:
    await bot.receive("hi")
    await time.advance(60)
    for minutes in range(600, 1200, 7):  # yesterday evening, delivered this morning
        await hear(bot, f"{minutes} ago", -minutes * 60)
        await time.advance(0.2)
    await time.advance(60)
    assert bot.connector.texts == ["ok"]
    assert set(bot.reasons()[1:]) == {TOO_OLD}
    await bot.receive("good morning")
    await time.advance(60)
    assert bot.connector.texts == ["ok", "ok"]


async def test_a_new_message_after_old_ones_is_answered_with_them(bot: Bot, time: FakeTime) -> None:
    await hear(bot, "are you coming tomorrow?", -9 * HOUR)
    await bot.receive("well?")
    await time.advance(60)
    assert bot.engine.bursts == ["are you coming tomorrow?\nwell?"]


async def test_a_laptop_that_slept_answers_and_sends_nothing_from_before(
    bot: Bot, time: FakeTime
) -> None:
    chat_with(bot.db, "bob")
    bot.engine.enqueue("one\n" + "two " * 100 + "\nthree")
    await bot.receive("hi")
    await time.advance(12)  # its first piece is sent, the second is being typed
    await bot.receive("hello", friend="bob")
    sent = list(bot.connector.texts)
    time.seconds += 8 * HOUR  # everything wakes up late
    await time.advance(60)
    assert sent == bot.connector.texts == ["one"]
    assert bot.states() == ["sent", "cancelled", "cancelled"]
    assert TOO_OLD in bot.reasons()
    await bot.receive("good morning")
    await time.advance(60)
    assert bot.connector.texts == ["one", "ok"]


async def test_with_zero_minutes_live_messages_are_still_answered(
    make_bot: MakeBot, time: FakeTime
) -> None:
    bot = make_bot(reply={"answer_after_restart_minutes": 0.0})
    await bot.inbox.handle("fake", said("hi", time.seconds - 5))
    await time.advance(60)
    assert bot.connector.texts == ["ok"]


async def test_a_time_that_can_not_be_is_stored_and_shown(bot: Bot, time: FakeTime) -> None:
    for number, sent_at in enumerate([2**70, -(2**70), 0]):
        event = said(f"m{number}", time.seconds)
        await bot.inbox.handle("fake", replace(event, sent_at=sent_at))
    times = [message.sent_at for message in messages_of_chat(bot.db, bot.chat.id)]
    assert len(times) == 3
    assert all(0 <= at <= time.now() for at in times)
    assert get_chat(bot.db, bot.chat.id).mode == "auto"


async def test_an_old_message_that_comes_after_a_new_one_costs_no_answer(
    bot: Bot, time: FakeTime
) -> None:
    await bot.receive("are you there?")
    for minutes in (45, 600):
        await hear(bot, f"{minutes} minutes ago", -minutes * 60)
    await time.advance(60)
    assert bot.connector.texts == ["ok"]
    assert [m.text for m in messages_of_chat(bot.db, bot.chat.id)][:2] == [
        "600 minutes ago",
        "45 minutes ago",
    ]


async def test_what_is_late_is_not_answered_though_the_chat_went_on(
    bot: Bot, time: FakeTime
) -> None:
    await bot.receive("hi")
    await time.advance(60)
    await hear(bot, "45 minutes ago", -45 * 60)
    await time.advance(60)
    assert bot.reasons() == ["answered", TOO_OLD]


async def test_a_thousand_old_messages_do_not_weigh_on_a_new_one(bot: Bot, time: FakeTime) -> None:
    for number in range(1000):
        await hear(bot, f"about money {number}", -9 * HOUR + number)
    await bot.receive("well?")
    await time.advance(60)
    assert bot.connector.texts == ["ok"]
