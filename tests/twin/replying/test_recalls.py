"""A friend takes a message back while the twin thinks, types and sends."""

import asyncio
from pathlib import Path

import pytest

from storage.chats import set_mode
from tests.twin.driver import Bot
from tests.twin.fakes import FakeConnector, FakeTime, run_tasks
from twin.connectors.base import MessageRecalled

QUIET = 4


async def recall(bot: Bot, message: str) -> None:
    await bot.inbox.handle("fake", MessageRecalled("ann", message))
    await run_tasks()


async def test_it_stops_thinking_at_once(bot: Bot, time: FakeTime) -> None:
    thinking: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bot.engine.enqueue(thinking)
    await bot.receive("oops", id="1")
    await time.advance(QUIET)
    assert bot.connector.is_typing == {"ann": True}
    await recall(bot, "1")
    assert thinking.cancelled()
    assert bot.connector.is_typing == {"ann": False}
    await time.advance(60)
    assert (bot.connector.sent, bot.reasons()) == ([], [])


async def test_it_stops_typing_at_once(bot: Bot, time: FakeTime) -> None:
    bot.engine.enqueue("a reply that takes some seconds to be typed\nand one more")
    await bot.receive("oops", id="1")
    await time.advance(QUIET + 1)
    assert bot.connector.is_typing == {"ann": True}
    await recall(bot, "1")
    assert bot.connector.is_typing == {"ann": False}
    await time.advance(60)
    assert bot.connector.sent == []
    assert bot.states() == ["cancelled", "cancelled"]
    assert bot.reasons() == ["taken back by the friend"]


async def test_between_two_pieces_the_rest_is_not_sent(bot: Bot, time: FakeTime) -> None:
    bot.engine.enqueue("one\nwhat is typed for some seconds\nthree")
    await bot.receive("oops", id="1")
    await time.advance(QUIET + 1)
    assert bot.connector.texts == ["one"]
    await recall(bot, "1")
    await time.advance(60)
    assert bot.connector.texts == ["one"]
    assert bot.states() == ["sent", "cancelled", "cancelled"]


async def test_what_is_on_its_way_arrives_and_nothing_after_it(bot: Bot, time: FakeTime) -> None:
    bot.connector.gate = asyncio.Event()
    bot.engine.enqueue("one\ntwo")
    await bot.receive("oops", id="1")
    await time.advance(QUIET + 1)
    assert bot.states() == ["sending", "pending"]
    await recall(bot, "1")
    bot.connector.gate.set()
    await time.advance(60)
    assert bot.states() == ["sent", "cancelled"]


@pytest.mark.parametrize("moment", ["while it waits", "while it thinks", "while it types"])
async def test_the_rest_of_the_burst_is_answered(bot: Bot, time: FakeTime, moment: str) -> None:
    first: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bot.engine.enqueue(first, "to what is left")
    await bot.receive("where are you?", id="1")
    await bot.receive("oops", id="2")
    if moment != "while it waits":
        await time.advance(QUIET)
    if moment == "while it types":
        first.set_result("a reply that takes some seconds to be typed")
        await time.advance(1)
    await recall(bot, "2")
    if moment == "while it waits":
        first.set_result("to what is left")
    await time.advance(60)
    assert bot.engine.bursts[-1] == "where are you?"
    assert bot.connector.texts == ["to what is left"]
    assert bot.reasons()[-1] == "answered"


async def test_another_message_taken_back_stops_nothing(bot: Bot, time: FakeTime) -> None:
    await bot.receive("long ago", id="1")
    await time.advance(60)
    bot.engine.enqueue("a reply that takes some seconds to be typed")
    await bot.receive("hi", id="2")
    await time.advance(QUIET + 1)
    await recall(bot, "1")
    await recall(bot, "unknown")
    await time.advance(60)
    assert bot.states() == ["sent", "sent"]


async def test_a_draft_for_it_is_dropped(bot: Bot, time: FakeTime) -> None:
    set_mode(bot.db, bot.chat.id, "draft")
    await bot.receive("hi", id="1")
    await bot.receive("oops", id="2")
    await time.advance(60)
    await recall(bot, "2")
    await time.advance(60)
    assert bot.engine.bursts == ["hi\noops", "hi"]
    assert bot.states() == ["cancelled", "draft"]


async def test_what_was_taken_back_while_the_bot_was_down_is_not_sent(
    tmp_path: Path, time: FakeTime
) -> None:
    bot = Bot(tmp_path, time)
    bot.connector.status().state = "failed"
    await bot.receive("oops", id="1")
    await time.advance(60)
    assert bot.states() == ["pending"]
    await bot.replies.stop()
    await recall(bot, "1")
    again = Bot(tmp_path, time, FakeConnector())
    again.replies.start()
    await time.advance(60)
    assert again.connector.sent == []
    await again.replies.stop()
