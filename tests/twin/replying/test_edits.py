"""A friend or the owner changes a message while the twin waits, thinks and sends."""

import asyncio

import pytest

from storage.chats import get_chat, pause_chat, set_mode
from storage.corrections import count_corrections
from storage.edits import earlier_wordings
from tests.twin.driver import Bot
from tests.twin.fakes import FakeTime, run_tasks
from twin.connectors.base import Capabilities, MessageEdited

QUIET = 4


async def edit(bot: Bot, message: str, text: str) -> None:
    at = bot.time.seconds * 1000
    await bot.inbox.handle("fake", MessageEdited("ann", message, text, round(at)))
    await run_tasks()


@pytest.mark.parametrize("moment", ["while it waits", "while it thinks"])
async def test_the_last_wording_is_answered(bot: Bot, time: FakeTime, moment: str) -> None:
    await bot.receive("at seven?", id="1")
    thinking: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    if moment == "while it thinks":
        bot.engine.enqueue(thinking)
        await time.advance(QUIET)
    bot.engine.enqueue("eight is fine")
    await edit(bot, "1", "at eight?")
    thinking.set_result("seven is fine")
    await time.advance(60)
    assert bot.connector.texts == ["eight is fine"]
    assert bot.engine.bursts[-1] == "at eight?"
    assert bot.log() == [("peer", "at eight?"), ("twin", "eight is fine")]
    assert earlier_wordings(bot.db, 1) == ["at seven?"]


async def test_what_was_decided_is_not_answered_again(bot: Bot, time: FakeTime) -> None:
    bot.engine.enqueue("seven is fine")
    await bot.receive("at seven?", id="1")
    await time.advance(60)
    await edit(bot, "1", "at eight?")
    await time.advance(60)
    assert bot.connector.texts == ["seven is fine"]


async def test_a_draft_is_made_anew(bot: Bot, time: FakeTime) -> None:
    set_mode(bot.db, bot.chat.id, "draft")
    bot.engine.enqueue("seven is fine")
    await bot.receive("at seven?", id="1")
    await time.advance(3600)
    assert bot.states() == ["draft"]
    bot.engine.enqueue("eight is fine")
    await edit(bot, "1", "at eight?")
    await time.advance(60)
    assert bot.states() == ["cancelled", "draft"]
    assert bot.reasons() == ["changed by the friend", "mode is draft"]


async def test_an_edit_without_a_change_is_none(bot: Bot, time: FakeTime) -> None:
    bot.engine.enqueue("fine")
    await bot.receive("see https://example.org", id="1")
    await edit(bot, "1", "see https://example.org")
    await edit(bot, "unknown", "who are you")
    await time.advance(60)
    assert bot.connector.texts == ["fine"]
    assert earlier_wordings(bot.db, 1) == []


async def test_the_owners_edit_is_what_is_learnt_and_takes_over(bot: Bot, time: FakeTime) -> None:
    await bot.receive("on my way", id="1", from_owner=True)
    pause_chat(bot.db, bot.chat.id, None)
    await edit(bot, "1", "not before ten")
    assert bot.log() == [("owner", "not before ten")]
    assert get_chat(bot.db, bot.chat.id).paused_until is not None


async def test_the_owner_corrects_the_twin(bot: Bot, time: FakeTime) -> None:
    bot.connector.capabilities = Capabilities(discloses=True, send_returns_id=True)
    bot.engine.enqueue("seven is fine")
    await bot.receive("when?", id="1")
    await time.advance(60)
    await edit(bot, "id-1", "rather not at all")
    assert bot.log()[-1] == ("twin", "rather not at all")
    assert count_corrections(bot.db) == {"edited": 1}
    assert get_chat(bot.db, bot.chat.id).paused_until is not None
