"""The owner answers from his own pages: his words go out, the twin's don't, and it is silent."""

import asyncio

import pytest

from storage.chats import get_chat, set_mode, upsert_chat
from storage.corrections import count_corrections
from storage.errors import InputError
from tests.twin.driver import Bot, MakeBot
from tests.twin.fakes import FakeConnector, settle
from twin.config.schema import PolicySettings
from twin.connectors.base import Capabilities
from twin.replying.owner_messages import OwnerMessages

TAKEOVER = PolicySettings().takeover_minutes * 60


def say(bot: Bot, text: str, chat_id: int | None = None) -> None:
    owner = OwnerMessages(bot.db, bot.replies, {"fake"}, bot.time.clock)
    owner.send(bot.chat.id if chat_id is None else chat_id, text)


async def test_his_words_go_out_at_once_as_his_and_silence_the_twin(bot: Bot) -> None:
    await bot.hear("hi")
    say(bot, " it's me\n")
    await settle()
    assert bot.connector.texts == ["it's me"]
    assert bot.log() == [("peer", "hi"), ("owner", "it's me")]
    assert bot.reasons() == ["the owner answered"]
    until = get_chat(bot.db, bot.chat.id).paused_until
    assert until == bot.time.now() + int(TAKEOVER * 1000)


async def test_the_rest_of_a_reply_is_dropped_and_does_not_hold_him_up(bot: Bot) -> None:
    bot.engine.enqueue("one\n" + "two " * 200)
    bot.connector.gate = asyncio.Event()
    await bot.hear("hi")
    await bot.time.advance(60)
    assert bot.connector.texts == ["one"]  # on its way
    say(bot, "me")
    bot.connector.gate.set()
    await settle()
    assert bot.connector.texts == ["one", "me"]
    assert bot.states() == ["sent", "cancelled", "sent"]


async def test_two_in_a_row_both_arrive_in_their_order(bot: Bot) -> None:
    bot.connector.gate = asyncio.Event()
    for text in ("first", "second", "third"):
        say(bot, text)
        await settle()
    bot.connector.gate.set()
    await bot.time.advance(60)
    assert bot.connector.texts == ["first", "second", "third"]
    assert bot.states() == ["sent"] * 3


async def test_the_echo_of_his_words_is_his_and_no_second_takeover(make_bot: MakeBot) -> None:
    bot = make_bot(FakeConnector(capabilities=Capabilities(self_echo=True)))
    say(bot, "me")
    say(bot, "again")
    await settle()
    await bot.hear("me", id="1", from_owner=True)
    await bot.hear("again", id="2", from_owner=True)
    assert bot.log() == [("owner", "me"), ("owner", "again")]
    assert bot.states() == ["sent", "sent"]


@pytest.mark.parametrize("self_echo", [False, True])
async def test_what_he_says_against_the_twin_is_a_correction(
    make_bot: MakeBot, self_echo: bool
) -> None:
    bot = make_bot(FakeConnector(capabilities=Capabilities(self_echo=self_echo)))
    await bot.hear("hi")
    await bot.time.advance(60)
    say(bot, "no, that's wrong")
    await settle()
    if self_echo:
        await bot.hear("no, that's wrong", id="1", from_owner=True)
    assert count_corrections(bot.db) == {"contradicted": 1}


async def test_nothing_is_taken_that_could_not_be_sent(bot: Bot) -> None:
    note = upsert_chat(bot.db, "fake", "me", "me", kind="self").id
    imported = upsert_chat(bot.db, "whatsapp", "mum", "Mum").id
    for chat_id in (note, imported, 99):
        with pytest.raises(InputError):
            say(bot, "hello", chat_id)
    with pytest.raises(InputError, match="empty message"):
        say(bot, " \n")
    set_mode(bot.db, bot.chat.id, "off")
    with pytest.raises(InputError, match="nothing can be sent"):
        say(bot, "hello")
    assert bot.states() == []
