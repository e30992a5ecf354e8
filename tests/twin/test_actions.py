"""What the owner does takes effect at once, in the bot and beside it."""

import asyncio

import pytest

from storage.chats import get_chat, pause_chat, set_mode, upsert_chat
from storage.corrections import count_corrections
from storage.errors import InputError, TwinError
from storage.invites import chat_of_invite
from storage.messages import NewMessage, log_message
from storage.outbox import approved_pieces, record_decision
from storage.preferences import FOREVER, paused_until
from tests.twin.driver import Bot, MakeBot
from tests.twin.fakes import FakeConnector, run_tasks
from twin.actions import Actions
from twin.config.schema import PolicySettings
from twin.connectors.base import Capabilities

TAKEOVER = PolicySettings().takeover_minutes * 60


def write(bot: Bot, text: str, chat_id: int | None = None) -> None:
    """The owner types a message on the dashboard."""
    actions_of(bot).send_message(bot.chat.id if chat_id is None else chat_id, text)


def actions_of(bot: Bot) -> Actions:
    return Actions(bot.config, bot.db, bot.time.clock, bot.replies)


def draft_in(bot: Bot, *lines: str) -> int:
    """A draft's number."""
    last = log_message(bot.db, NewMessage(bot.chat.id, "peer", "lunch?", 1))
    pieces = record_decision(bot.db, bot.chat.id, last or 0, "draft", lines, state="draft")
    return pieces[0].decision_id or 0


async def test_a_typed_message_is_sent_at_once_as_the_owners_and_pauses_the_twin(bot: Bot) -> None:
    await bot.receive("hi")
    write(bot, " it's me\n")
    await run_tasks()
    assert bot.connector.texts == ["it's me"]
    assert bot.log() == [("peer", "hi"), ("owner", "it's me")]
    assert bot.reasons() == ["the owner answered"]
    until = get_chat(bot.db, bot.chat.id).paused_until
    assert until == bot.time.now() + int(TAKEOVER * 1000)


async def test_a_typed_message_does_not_wait_for_the_rest_of_a_reply(bot: Bot) -> None:
    bot.engine.enqueue("one\n" + "two " * 200)
    bot.connector.gate = asyncio.Event()
    await bot.receive("hi")
    await bot.time.advance(60)
    assert bot.connector.texts == ["one"]  # on its way
    write(bot, "me")
    bot.connector.gate.set()
    await run_tasks()
    assert bot.connector.texts == ["one", "me"]
    assert bot.states() == ["sent", "cancelled", "sent"]


async def test_typed_messages_arrive_in_their_order(bot: Bot) -> None:
    bot.connector.gate = asyncio.Event()
    for text in ("first", "second", "third"):
        write(bot, text)
        await run_tasks()
    bot.connector.gate.set()
    await bot.time.advance(60)
    assert bot.connector.texts == ["first", "second", "third"]
    assert bot.states() == ["sent"] * 3


async def test_the_echo_of_a_typed_message_is_no_second_takeover(make_bot: MakeBot) -> None:
    bot = make_bot(FakeConnector(capabilities=Capabilities(self_echo=True)))
    write(bot, "me")
    write(bot, "again")
    await run_tasks()
    await bot.echo("me", id="1")
    await bot.echo("again", id="2")
    assert bot.log() == [("owner", "me"), ("owner", "again")]
    assert bot.states() == ["sent", "sent"]


@pytest.mark.parametrize("self_echo", [False, True])
async def test_a_typed_message_against_the_twin_is_a_correction(
    make_bot: MakeBot, self_echo: bool
) -> None:
    bot = make_bot(FakeConnector(capabilities=Capabilities(self_echo=self_echo)))
    await bot.receive("hi")
    await bot.time.advance(60)
    write(bot, "no, that's wrong")
    await run_tasks()
    if self_echo:
        await bot.echo("no, that's wrong", id="1")
    assert count_corrections(bot.db) == {"contradicted": 1}


async def test_a_message_that_could_not_be_sent_is_refused(bot: Bot) -> None:
    note = upsert_chat(bot.db, "fake", "me", "me", kind="self").id
    imported = upsert_chat(bot.db, "whatsapp", "mum", "Mum").id
    for chat_id in (note, imported, 99):
        with pytest.raises(InputError):
            write(bot, "hello", chat_id)
    with pytest.raises(InputError, match="empty message"):
        write(bot, " \n")
    set_mode(bot.db, bot.chat.id, "off")
    with pytest.raises(InputError, match="nothing can be sent"):
        write(bot, "hello")
    assert bot.states() == []


async def test_an_approved_draft_is_sent_at_once_by_the_bot(bot: Bot) -> None:
    first, second = draft_in(bot, "yes"), draft_in(bot, "no")
    actions = actions_of(bot)
    assert [piece.text for piece in actions.approve_draft(first)] == ["yes"]
    assert [piece.text for piece in actions.edit_draft(second, "not today\nsorry")] == [
        "not today",
        "sorry",
    ]
    await bot.time.advance(60)
    assert bot.connector.texts == ["yes", "not today", "sorry"]


async def test_beside_the_bot_an_approved_draft_waits_for_it(bot: Bot) -> None:
    number = draft_in(bot, "yes")
    beside = Actions(bot.config, bot.db, bot.time.clock)
    [piece] = beside.approve_draft(number)
    assert approved_pieces(bot.db) == [piece]
    with pytest.raises(InputError, match="nothing can be sent"):
        beside.send_message(bot.chat.id, "hello")
    with pytest.raises(TwinError, match="switched off"):
        beside.start_training()


@pytest.mark.parametrize("number", [7, -7, 10**30])
def test_a_draft_that_does_not_wait_is_refused(bot: Bot, number: int) -> None:
    actions = actions_of(bot)
    for act in (
        lambda: actions.approve_draft(number),
        lambda: actions.edit_draft(number, "hi"),
        lambda: actions.reject_draft(number),
    ):
        with pytest.raises(InputError, match="none of that number waits"):
            act()


def test_pauses_are_counted_from_now_or_have_no_end(bot: Bot) -> None:
    actions, now = actions_of(bot), bot.time.now()
    assert actions.pause_chat(bot.chat.id, 60).paused_until == now + 3_600_000
    assert actions.pause_chat(bot.chat.id).paused_until == FOREVER
    assert actions.resume_chat(bot.chat.id).paused_until is None
    assert actions.pause_all(30) == paused_until(bot.db) == now + 1_800_000
    assert actions.pause_all() == paused_until(bot.db) == FOREVER
    actions.resume_all()
    assert paused_until(bot.db) is None


def test_a_mode_that_answers_ends_the_pause(bot: Bot) -> None:
    pause_chat(bot.db, bot.chat.id, FOREVER)
    chat = actions_of(bot).set_mode(bot.chat, "draft")
    assert (chat.mode, chat.paused_until) == ("draft", None)
    assert get_chat(bot.db, bot.chat.id) == chat


def test_a_friend_is_invited_and_their_links_end(bot: Bot) -> None:
    actions = actions_of(bot)
    token, chat = actions.invite("Bob")
    renewed = actions.renew_invite(chat)
    assert chat_of_invite(bot.db, token) is None
    assert chat_of_invite(bot.db, renewed) == chat
    assert actions.revoke_invites(chat.id) == 1
    assert chat_of_invite(bot.db, renewed) is None
