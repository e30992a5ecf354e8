"""What every connector must keep, run over each of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from storage.chats import upsert_chat
from storage.database import open_database
from storage.messages import messages_of_chat
from storage.outbox import add_piece, move_piece
from tests.twin.connectors.platforms import (
    Edits,
    LosesAnswers,
    Platform,
    Recalls,
    Stickers,
    abilities_of,
    folder_of,
    those_that,
    written_by_owner,
)
from tests.twin.connectors.running import at_work
from tests.twin.connectors.wechaty.inboxes import inbox_of
from twin.connectors.base import (
    Connector,
    Event,
    LoggedIn,
    MessageEdited,
    MessageRecalled,
    MessageReceived,
    Outgoing,
    SendInDoubtError,
    Sticker,
)
from twin.stickers.sendable import sticker_key


class Inbox:
    def __init__(self) -> None:
        self.events: asyncio.Queue[tuple[str, Event]] = asyncio.Queue()

    async def emit(self, name: str, event: Event) -> None:
        await self.events.put((name, event))

    async def next(self) -> tuple[str, Event]:
        return await asyncio.wait_for(self.events.get(), 10)


@asynccontextmanager
async def running(connector: Connector) -> AsyncIterator[Inbox]:
    """The connector at work, logged in; it must end when told to."""
    inbox = Inbox()
    task = asyncio.create_task(connector.run(inbox.emit))
    try:
        name, event = await inbox.next()
        assert name == connector.name
        assert isinstance(event, LoggedIn)
        yield inbox
    finally:
        await connector.stop()
        await asyncio.wait_for(task, 10)


async def test_messages_arrive_in_order_with_who_and_when(name: str, platform: Platform) -> None:
    async with running(platform.connector) as inbox:
        await platform.say("one")
        await platform.say("two")
        received = [await inbox.next() for _ in range(2)]
    events = [event for _, event in received if isinstance(event, MessageReceived)]
    assert [name for name, _ in received] == [platform.connector.name] * 2
    assert [event.text for event in events] == ["one", "two"]
    assert {(e.chat_external_id, e.sender_name, e.from_owner) for e in events} == {
        (platform.chat, "Ann", written_by_owner(name))
    }
    assert 1_500_000_000_000 < events[0].sent_at <= events[1].sent_at


async def test_what_is_sent_is_shown_in_order(platform: Platform) -> None:
    async with running(platform.connector) as inbox:
        await platform.connector.typing(platform.chat, True)
        for text in ("a", "b\nc", "<b>d</b>"):
            external_id = await platform.connector.send(platform.chat, Outgoing(text))
            assert (external_id is not None) == platform.connector.capabilities.send_returns_id
        await platform.connector.typing(platform.chat, False)
        assert inbox.events.empty() or platform.connector.capabilities.self_echo
    assert platform.shown() == ["a", "b\nc", "<b>d</b>"]


async def test_what_comes_back_of_what_was_sent_is_the_twins(
    name: str, platform: Platform, tmp_path: Path
) -> None:
    """Platforms alter it: taken for the owner's words, it would be learnt and silence the twin."""
    db = open_database(tmp_path / "inbox.db")
    connector = platform.connector
    chat = upsert_chat(db, connector.name, platform.chat, "Ann", mode="auto")
    async with at_work(connector, into=inbox_of(db).handle) as events:
        for text in ("a < b & c", "❤️ see  you\nat eight 🙂", "AT&amp;T"):
            piece = add_piece(db, chat.id, text)
            move_piece(db, piece.id, "sending")
            external_id = await connector.send(platform.chat, Outgoing(text))
            move_piece(db, piece.id, "sent", external_id=external_id)
            if connector.capabilities.self_echo:
                await events.first(MessageReceived)
        await platform.say("end")
        await events.first(MessageReceived, lambda event: event.text == "end")
    logged = [message.origin for message in messages_of_chat(db, chat.id)]
    last = "owner" if written_by_owner(name) else "peer"
    assert logged == ["twin"] * (3 if connector.capabilities.self_echo else 0) + [last]
    db.close()


@those_that(Edits)
async def test_a_changed_message_is_told_with_its_new_words(platform: Platform) -> None:
    assert isinstance(platform, Edits)
    async with at_work(platform.connector) as events:
        await platform.say("at seven?")
        said = await events.first(MessageReceived)
        await platform.edit("at eight < nine?")
        edit = await events.first(MessageEdited)
        await platform.say("end")
        await events.first(MessageReceived, lambda event: event.text == "end")
    assert edit.text == "at eight < nine?"
    assert (edit.chat_external_id, edit.external_id) == (said.chat_external_id, said.external_id)
    assert edit.edited_at >= said.sent_at > 1_500_000_000_000
    assert not any(isinstance(event, MessageReceived) for event in events.all)


@those_that(Recalls)
async def test_what_is_taken_back_is_told(platform: Platform) -> None:
    assert isinstance(platform, Recalls)
    async with at_work(platform.connector) as events:
        await platform.say("oops")
        said = await events.first(MessageReceived)
        await platform.recall()
        recall = await events.first(MessageRecalled)
    assert said.external_id is not None
    assert recall == MessageRecalled(platform.chat, said.external_id)


@those_that(LosesAnswers)
async def test_a_message_whose_answer_is_lost_is_in_doubt(platform: Platform) -> None:
    """And where it is sent again under its key, the friend sees it once."""
    assert isinstance(platform, LosesAnswers)
    message = Outgoing("on my way")
    async with at_work(platform.connector):
        platform.lose_the_next_answer()
        with pytest.raises(SendInDoubtError):
            await platform.connector.send(platform.chat, message)
    assert platform.shown() == ["on my way"]
    if platform.connector.capabilities.resend_s:
        async with at_work(platform.connector):
            for _ in range(2):
                await platform.connector.send(platform.chat, message)
            await platform.connector.send(platform.chat, Outgoing("on my way"))
        assert platform.shown() == ["on my way"] * 2  # the last one has a key of its own


@those_that(Stickers)
async def test_a_sticker_of_the_owners_is_sent_again(platform: Platform, tmp_path: Path) -> None:
    """The friend sees the same one, and what comes back of it is the twin's."""
    assert isinstance(platform, Stickers)
    db = open_database(tmp_path / "inbox.db")
    connector = platform.connector
    chat = upsert_chat(db, connector.name, platform.chat, "Ann", mode="auto")
    async with at_work(connector, into=inbox_of(db).handle) as events:
        await platform.owner_sends_sticker()
        told = await events.first(MessageReceived)
        assert (told.kind, told.from_owner, told.text) == ("sticker", True, "")
        key = sticker_key(connector.name, told.raw or "")
        assert key is not None
        piece = add_piece(db, chat.id, "", kind="sticker")
        move_piece(db, piece.id, "sending")
        message = Outgoing("", piece.key, sticker=Sticker(key))
        external_id = await connector.send(platform.chat, message)
        move_piece(db, piece.id, "sent", external_id=external_id)
        if connector.capabilities.self_echo:
            echo = await events.first(MessageReceived)
            assert sticker_key(connector.name, echo.raw or "") == key
        await platform.say("end")
        await events.first(MessageReceived, lambda event: event.text == "end")
    logged = [(one.origin, one.kind) for one in messages_of_chat(db, chat.id)]
    again = [("twin", "sticker")] if connector.capabilities.self_echo else []
    assert logged == [("owner", "sticker"), *again, ("peer", "text")]
    one, other = platform.stickers()
    assert one == other
    db.close()


def test_its_platform_plays_what_it_declares(name: str, platform: Platform) -> None:
    declared = platform.connector.capabilities
    assert all(isinstance(platform, ability) for ability in abilities_of(name))
    assert isinstance(platform, Recalls) or not declared.recall
    assert isinstance(platform, LosesAnswers) or not declared.resend_s
    assert isinstance(platform, Stickers) == declared.own_stickers


async def test_status_tells_the_state(platform: Platform) -> None:
    connector = platform.connector
    assert connector.status().state == "stopped"
    async with running(connector) as inbox:
        assert connector.status().state == "running"
        await platform.say("hi")
        await inbox.next()
        assert connector.status().last_event_at is not None
    assert connector.status().state == "stopped"


async def test_it_can_run_again_after_its_end(platform: Platform) -> None:
    async with running(platform.connector):
        pass
    async with running(platform.connector) as inbox:
        await platform.say("still there?")
        _, event = await inbox.next()
        assert isinstance(event, MessageReceived)
        assert event.text == "still there?"


async def test_stopping_is_harmless_at_any_time(platform: Platform) -> None:
    await platform.connector.stop()
    async with running(platform.connector):
        await platform.connector.stop()
    await platform.connector.stop()


async def test_a_cancelled_run_leaves_nothing_behind(platform: Platform) -> None:
    inbox = Inbox()
    task = asyncio.create_task(platform.connector.run(inbox.emit))
    await inbox.next()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert platform.connector.status().state == "stopped"
    async with running(platform.connector):
        pass


def test_its_name_is_the_one_that_its_folder_declares(name: str, platform: Platform) -> None:
    assert platform.connector.name == folder_of(name).name
