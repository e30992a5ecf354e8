"""A friend or the owner changes a message while the twin waits, thinks and sends."""

import asyncio
from dataclasses import replace

import pytest

from storage.chats import get_chat, pause_chat, set_mode
from storage.corrections import count_corrections
from storage.edits import earlier_wordings
from tests.twin.driver import Bot
from tests.twin.fakes import FakeTime, run_tasks, said
from twin.connectors.base import Capabilities, MessageEdited, MessageRecalled

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
    assert earlier_wordings(bot.db, [1]) == {1: ("at seven?",)}


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
    assert earlier_wordings(bot.db, [1]) == {}


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


async def test_an_edit_or_a_recall_may_be_told_before_its_message(bot: Bot, time: FakeTime) -> None:
    await edit(bot, "1", "at eight?")
    await bot.inbox.handle("fake", MessageRecalled("ann", "2"))
    await edit(bot, "2", "never mind")
    await bot.receive("at seven?", id="1")
    await bot.receive("I hate you", id="2")
    await time.advance(60)
    assert bot.engine.bursts == ["at eight?"]
    assert bot.log() == [("peer", "at eight?"), ("peer", "I hate you"), ("twin", "ok")]


async def test_what_was_taken_back_or_typed_as_a_command_is_not_changed(
    bot: Bot, time: FakeTime
) -> None:
    await bot.receive("oops", id="1")
    await bot.inbox.handle("fake", MessageRecalled("ann", "1"))
    await edit(bot, "1", "are you there?")
    steering = replace(said("/twin status", time.seconds, friend="me", id="2"), steers=True)
    await bot.inbox.handle("fake", steering)
    await bot.inbox.handle("fake", MessageEdited("me", "2", "/twin on", time.now()))
    await time.advance(60)
    texts = [text for (text,) in bot.db.execute("SELECT text FROM messages ORDER BY id LIMIT 2")]
    assert texts == ["oops", "/twin status"]
    assert bot.engine.bursts == []
    assert [message.text for message in bot.connector.messages] == ["did /twin status"]


async def test_a_storm_of_edits_gets_one_answer_and_few_rows(bot: Bot, time: FakeTime) -> None:
    await bot.receive("0", id="1")
    for number in range(1, 1001):
        await edit(bot, "1", str(number))
        if number % 10 == 0:
            await time.advance(1)
    assert bot.engine.bursts == []  # it is not over
    await time.advance(60)
    assert bot.engine.bursts == ["1000"]
    kept = list(earlier_wordings(bot.db, [1])[1])
    assert kept == ["0", *map(str, range(981, 1000))]


@pytest.mark.parametrize("after", [19, 25])
async def test_the_last_wording_counts_after_the_longest_wait_too(
    bot: Bot, time: FakeTime, after: float
) -> None:
    thinking: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bot.engine.enqueue(thinking, "eight is fine")
    await bot.receive("at seven?", id="1")
    await time.advance(after)
    await edit(bot, "1", "at eight?")
    thinking.set_result("seven is fine")
    await time.advance(60)
    assert bot.connector.texts == ["eight is fine"]


async def test_the_rest_of_a_reply_is_said_though_the_question_changed(
    bot: Bot, time: FakeTime
) -> None:
    bot.engine.enqueue("one\ntwo, typed for some seconds")
    await bot.receive("at seven?", id="1")
    await time.advance(QUIET + 1)
    await edit(bot, "1", "at eight?")
    await time.advance(60)
    assert bot.states() == ["sent", "sent"]
    assert bot.reasons() == ["answered"]


@pytest.mark.parametrize("late", [60, 3 * 3600])
async def test_an_edit_of_hours_ago_makes_no_message_young(
    bot: Bot, time: FakeTime, late: int
) -> None:
    """It was written and changed while the bot was away."""
    await bot.inbox.handle("fake", said("at seven?", time.seconds - late - 5, id="1"))
    change = MessageEdited("ann", "1", "at eight?", round((time.seconds - late) * 1000))
    await bot.inbox.handle("fake", change)
    await time.advance(60)
    assert bot.engine.bursts == (["at eight?"] if late == 60 else [])


async def test_in_a_chat_that_is_off_no_wording_is_kept(bot: Bot, time: FakeTime) -> None:
    await bot.receive("at seven?", id="1")
    set_mode(bot.db, bot.chat.id, "off")
    await edit(bot, "1", "my secret")
    assert bot.log() == [("peer", "at seven?")]


async def test_what_the_platform_does_to_the_twins_words_is_no_correction(
    bot: Bot, time: FakeTime
) -> None:
    bot.connector.capabilities = Capabilities(discloses=True, send_returns_id=True)
    bot.engine.enqueue("see a & b")
    await bot.receive("when?", id="1")
    await time.advance(60)
    await edit(bot, "id-1", "see a &amp; b 🙂")
    assert bot.log()[-1] == ("twin", "see a & b")
    assert count_corrections(bot.db) == {}
    assert get_chat(bot.db, bot.chat.id).paused_until is None
