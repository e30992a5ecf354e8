"""What happens in the owner's chats becomes events, once each and in order."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.database import now_ms
from storage.edits import earlier_wordings
from storage.importers.import_files import import_paths
from storage.messages import NewMessage, log_live, messages_of_chat
from storage.outbox import add_piece, move_piece
from tests.twin.connectors.running import at_work, until
from tests.twin.connectors.telegram.bot_api import ANN, BOT, TOKEN, BotApi, Told
from tests.twin.connectors.telegram.conftest import QuickClock
from tests.twin.connectors.wechaty.inboxes import inbox_of
from twin.connectors.base import (
    Event,
    LoggedIn,
    LoggedOut,
    MediaSaved,
    MessageEdited,
    MessageRecalled,
    MessageReceived,
    Outgoing,
)
from twin.connectors.telegram.account import save_token
from twin.connectors.telegram.api import BotApiError, OtherProgramError, TokenRefusedError
from twin.connectors.telegram.connector import TelegramConnector

pytestmark = pytest.mark.server

EVE = {"id": 300, "is_bot": False, "first_name": "Eve"}


async def received(events: Any) -> MessageReceived:
    found: MessageReceived = await events.first(MessageReceived)
    return found


def log_of(db: Database, chat: str = "200") -> list[tuple[str, str]]:
    found = upsert_chat(db, "telegram", chat, "Ann")
    return [(message.origin, message.text) for message in messages_of_chat(db, found.id)]


async def test_whose_message_it_is(api: BotApi, connector: TelegramConnector) -> None:
    api.connect()
    asked = api.friend_says("are you there?")
    api.owner_types("yes", reply_to_message=asked)
    async with at_work(connector) as events:
        friend, owner = await received(events), await received(events)
    assert (friend.chat_external_id, friend.sender_id, friend.chat_name) == ("200", "200", "Ann")
    assert not friend.from_owner
    assert friend.sent_at % 1000 == 0
    assert (owner.chat_external_id, owner.sender_id, owner.chat_name) == ("200", "100", "Ann")
    assert owner.from_owner
    assert not owner.steers
    assert owner.reply_to == friend.external_id


async def test_the_friends_chats_with_owner_and_bot_are_two(
    api: BotApi, connector: TelegramConnector
) -> None:
    """The platform gives both the same id, and the ids of messages may be the same too."""
    api.connect()
    api.friend_says("for Olga")
    api.says_to_bot("hello, bot", ANN)
    api.says_to_bot("/twin status")
    async with at_work(connector) as events:
        first, second = await received(events), await received(events)
        assert api.said() == []
    assert (first.chat_external_id, first.text) == ("200", "for Olga")
    assert (second.chat_external_id, second.chat_kind) == ("bot:100", "self")
    assert second.steers
    assert all(call not in ("sendmessage",) for call, _ in api.calls)


async def test_an_export_and_what_is_received_are_one_chat(
    api: BotApi, db: Database, connector: TelegramConnector, tmp_path: Path
) -> None:
    """Whichever comes first: nothing is there twice, and the twin's words stay the twin's."""
    api.connect()
    old, mine = api.friend_says("old"), api.owner_types("mine")
    import_paths(db, [exported(tmp_path / "before.json", old, mine)], me="Olga")
    api.friend_says("new")
    chat = upsert_chat(db, "telegram", "200", "Ann", mode="auto")
    async with at_work(connector, into=inbox_of(db).handle) as events:
        await events.first(MessageReceived, lambda event: event.text == "new")
        number = await connector.send("200", Outgoing("hello"))
    log_live(db, NewMessage(chat.id, "twin", "hello", now_ms(), external_id=number))
    logged = [("peer", "old"), ("owner", "mine"), ("peer", "new"), ("twin", "hello")]
    assert log_of(db) == logged
    sent = exported(tmp_path / "after.json", old, mine, api.sent[0])
    assert import_paths(db, [sent], me="Olga").new == 0
    assert log_of(db) == logged


def exported(path: Path, *messages: Told) -> Path:
    """As Telegram Desktop writes the chat with Ann."""
    rows = [
        {
            "id": message["message_id"],
            "type": "message",
            "date": "2026-11-29T12:00:00",
            "date_unixtime": str(message["date"]),
            "from": message["from"]["first_name"],
            "from_id": f"user{message['from']['id']}",
            "text": message["text"],
        }
        for message in messages
    ]
    chat = {"name": "Ann", "type": "personal_chat", "id": 200, "messages": rows}
    path.write_text(json.dumps(chat), encoding="utf-8")
    return path


async def test_an_update_is_confirmed_after_it_is_on_the_disk(
    api: BotApi, db: Database, connector: TelegramConnector
) -> None:
    api.connect()
    api.friend_says("one")
    api.friend_says("two")
    inbox = inbox_of(db)

    async def full_disk(name: str, event: Event) -> None:
        if isinstance(event, MessageReceived) and event.text == "two":
            raise RuntimeError("no space")
        await inbox.handle(name, event)

    with pytest.raises(BotApiError, match="not logged"):
        await connector.run(full_disk)
    assert api.confirmed < 1000
    assert connector.status().state == "failed"
    async with at_work(connector, into=inbox.handle) as events:
        await events.first(MessageReceived, lambda event: event.text == "two")
        await until(lambda: api.confirmed >= 1003)
    assert log_of(db) == [("peer", "one"), ("peer", "two")]


async def test_what_nobody_asked_for_in_a_day_is_gone(
    api: BotApi, connector: TelegramConnector
) -> None:
    api.connect()
    api.friend_says("lost")
    api.ahead_s = 25 * 3600
    api.connect()
    api.friend_says("kept")
    async with at_work(connector) as events:
        assert (await received(events)).text == "kept"


@pytest.mark.parametrize("echoes", [True, False])
async def test_what_the_twin_sent_is_logged_once(
    api: BotApi, db: Database, connector: TelegramConnector, echoes: bool
) -> None:
    api.echoes = echoes
    api.connect()
    api.heard()
    async with at_work(connector, into=inbox_of(db).handle) as events:
        await connector.send("200", Outgoing("hello"))
        api.friend_says("end")
        last = await received(events)
    assert last.text == "end"  # no echo came before it
    assert log_of(db) == [("peer", "end")]  # its sender logs what was answered


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_an_echo_tells_of_a_message_without_an_answer(
    api: BotApi, db: Database, connector: TelegramConnector, is_restarted: bool
) -> None:
    api.echoes = True
    api.connect()
    api.heard()
    chat = upsert_chat(db, "telegram", "200", "Ann", mode="auto")
    piece = add_piece(db, chat.id, "hello")
    api.hangs.add("sendmessage")
    inbox = inbox_of(db)
    async with at_work(connector, into=inbox.handle) as events:
        move_piece(db, piece.id, "sending")
        task = asyncio.create_task(connector.send("200", Outgoing("hello")))
        if not is_restarted:
            await received(events)
        else:
            await until(lambda: api.said())
        task.cancel()
    if is_restarted:
        move_piece(db, piece.id, "doubt")
        async with at_work(connector, into=inbox.handle) as events:
            await until(lambda: log_of(db))
    assert log_of(db) == [("twin", "hello")]


@pytest.mark.parametrize(
    "more",
    [
        {"is_from_offline": True},
        {"sender_business_bot": BOT | {"id": 9, "first_name": "Other", "username": "o_bot"}},
    ],
)
async def test_what_nobody_typed_is_not_the_owners_word(
    api: BotApi, db: Database, connector: TelegramConnector, more: Told
) -> None:
    """Telegram's greeting, an absence note, another bot: neither learnt nor a takeover."""
    api.connect()
    api.owner_types("I'm away", **more)
    async with at_work(connector) as events:
        event = await received(events)
    assert (event.kind, event.from_owner) == ("system", True)


async def test_edits_and_deletions(api: BotApi, db: Database, connector: TelegramConnector) -> None:
    api.connect()
    one, two = api.friend_says("at 8"), api.friend_says("never mind")
    api.edit(one, "at 9")
    api.delete(one, two)
    async with at_work(connector, into=inbox_of(db).handle) as events:
        edit = await events.first(MessageEdited)
        gone = [await events.first(MessageRecalled) for _ in range(2)]
    number = str(one["message_id"])
    assert (edit.chat_external_id, edit.external_id, edit.text) == ("200", number, "at 9")
    assert [event.external_id for event in gone] == [number, str(two["message_id"])]
    rows = db.execute("SELECT id, text, recalled_at FROM messages ORDER BY id").fetchall()
    assert [text for _, text, _ in rows] == ["at 9", "never mind"]
    assert all(recalled for _, _, recalled in rows)
    assert earlier_wordings(db, [rows[0][0]]) == {rows[0][0]: ("at 8",)}


async def test_a_bot_is_its_first_owners(api: BotApi, connector: TelegramConnector) -> None:
    """Anybody may connect any bot to their account: it would answer in their chats."""
    api.connect()
    api.connect(user=EVE, id="bc-9")
    api.friend_says("to Eve", business_connection_id="bc-9")
    api.says_to_bot("/twin off Ann", EVE)
    api.friend_says("to Olga")
    async with at_work(connector) as events:
        assert (await received(events)).text == "to Olga"
        assert events.all == []
        assert connector.status().state == "running"


async def test_the_connection_is_known_after_a_restart(
    api: BotApi, connector: TelegramConnector
) -> None:
    """Telegram tells it once."""
    api.connect()
    async with at_work(connector):
        await until(lambda: api.confirmed >= 1001)
    async with at_work(connector) as events:
        api.friend_says("hi")
        assert (await received(events)).text == "hi"


async def test_a_lost_connection_is_found_by_the_first_message(
    api: BotApi, connector: TelegramConnector
) -> None:
    """The token was moved to another machine, and nobody changed a setting since."""
    api.connect()
    async with at_work(connector):
        await until(lambda: api.confirmed >= 1001)
    for file in connector._data.glob("telegram/connection.json"):
        file.unlink()
    api.friend_says("hi")
    async with at_work(connector) as events:
        assert (await received(events)).text == "hi"


async def test_rights_and_the_switch_are_followed(
    api: BotApi, connector: TelegramConnector
) -> None:
    api.connect()
    async with at_work(connector) as events:
        api.rights = {"can_reply": False}
        api.connect()
        await events.first(LoggedOut)
        assert "may not answer" in str(connector.status().last_error)
        api.rights = {"can_reply": True}
        api.connect()
        await events.first(LoggedIn)
        assert connector.status().last_error is None
        api.connect(enabled=False)
        await events.first(LoggedOut)
        assert "not connected to your account" in str(connector.status().last_error)


async def test_a_bot_that_was_removed_meanwhile(api: BotApi, connector: TelegramConnector) -> None:
    api.connect()
    async with at_work(connector):
        await until(lambda: api.confirmed >= 1001)
    api.connected_at = 0
    async with at_work(connector, logged_in=False) as events:
        await until(lambda: "not connected" in str(connector.status().last_error))
        assert connector.status().state == "starting"
        api.connect(id="bc-2")
        await events.first(LoggedIn)


async def test_what_came_before_the_bot_was_added_again_is_the_owners(
    api: BotApi, connector: TelegramConnector
) -> None:
    """It came through a connection that is gone by now."""
    api.connect()
    async with at_work(connector):
        await until(lambda: api.confirmed >= 1001)
    api.friend_says("before")
    api.connected_at = 0
    api.connect(id="bc-2")
    api.friend_says("after")
    async with at_work(connector) as events:
        assert [(await received(events)).text for _ in range(2)] == ["before", "after"]
        assert connector.status().state == "running"


async def test_two_programs_with_one_token(api: BotApi, connector: TelegramConnector) -> None:
    api.connect()
    api.refuse("getUpdates", 409, "Conflict: terminated by other getUpdates request")
    with pytest.raises(OtherProgramError, match="another program reads this bot's messages"):
        await connector.run(ignored)
    assert connector.status().state == "failed"


async def test_a_webhook_is_removed(api: BotApi, connector: TelegramConnector) -> None:
    api.webhook = True
    api.connect()
    async with at_work(connector):
        assert not api.webhook
        assert dict(api.calls)["deletewebhook"]["drop_pending_updates"] == "false"


async def test_who_asks_in_vain_waits(
    api: BotApi, connector: TelegramConnector, quick: QuickClock
) -> None:
    """As long as the server says."""
    api.connect()
    api.refuse("getUpdates", 429, "Too Many Requests: retry after 7", retry_after=7)
    async with at_work(connector):
        assert quick.slept == [7]


async def test_an_update_that_nobody_can_read_holds_nothing_up(
    api: BotApi, connector: TelegramConnector, caplog: pytest.LogCaptureFixture
) -> None:
    api.connect()
    api.tell("business_message", {"text": "a secret"})
    api.tell("business_message", {})
    api.friend_says("hi")
    async with at_work(connector) as events:
        assert (await received(events)).text == "hi"
    assert "can't be read" in caplog.text
    assert "a secret" not in caplog.text


async def test_telegrams_own_chat_is_left_alone(api: BotApi, connector: TelegramConnector) -> None:
    api.connect()
    api.friend_says("Login code: 12345", {"id": 777000, "first_name": "Telegram", "is_bot": False})
    api.friend_says("hi")
    async with at_work(connector) as events:
        assert (await received(events)).text == "hi"


async def test_pictures_up_to_the_limit(
    api: BotApi, db: Database, connector: TelegramConnector, tmp_path: Path
) -> None:
    def photo(name: str, side: int) -> Told:
        return {"file_id": name, "file_unique_id": name, "width": side, "height": side}

    api.files = {"small.jpg": b"s", "large.jpg": b"l" * 100, "huge.mp4": bytes(21 * 1024 * 1024)}
    api.connect()
    upsert_chat(db, "telegram", "200", "Ann", mode="log")
    api.friend_says(None, photo=[photo("small.jpg", 90), photo("large.jpg", 800)], caption="look")
    video = photo("huge.mp4", 800) | {"duration": 9}
    api.friend_says(None, video=video)
    async with at_work(connector, into=inbox_of(db).handle) as events:
        picture = await received(events)
        saved = await events.first(MediaSaved)
        film = await received(events)
        await until(lambda: api.count("getFile") == 2)
    assert (picture.kind, picture.text, film.kind) == ("image", "look", "video")
    assert (tmp_path / saved.path).read_bytes() == b"l" * 100
    assert saved.path.startswith("media/telegram/")
    assert saved.path.endswith(".jpg")
    assert TOKEN not in "".join(map(str, db.execute("SELECT * FROM messages").fetchall()))


async def test_the_token_is_in_no_log(
    api: BotApi, db: Database, connector: TelegramConnector, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api.connect()
    api.friend_says("hi")
    async with at_work(connector) as events:
        await received(events)
        await connector.send("200", Outgoing("ho"))
    api.refuse("getUpdates", 401, "Unauthorized")
    with pytest.raises(TokenRefusedError) as revoked:
        await connector.run(ignored)
    await api.stop()
    connector._refused_token = None
    with pytest.raises(BotApiError) as unreachable:
        await connector.run(ignored)
    told = f"{revoked.value} {unreachable.value} {connector.status()} {caplog.text}"
    assert "can't be reached (" in str(unreachable.value)
    assert TOKEN.partition(":")[2] not in told


async def test_a_refused_token_is_not_tried_again(
    api: BotApi, connector: TelegramConnector, tmp_path: Path, quick: QuickClock
) -> None:
    """The owner takes another one meanwhile, and the bot goes on with it."""
    save_token(tmp_path, "4242:revoked-long-ago")
    with pytest.raises(TokenRefusedError, match="mistyped or revoked"):
        await connector.run(ignored)
    asked = len(api.calls)
    api.connect()
    task = asyncio.create_task(connector.run(ignored))
    await until(lambda: len(quick.slept) > 3)
    assert len(api.calls) == asked
    assert connector.status().state == "failed"
    save_token(tmp_path, TOKEN)
    await until(lambda: connector.status().state == "running")
    await connector.stop()
    await task


async def ignored(name: str, event: Event) -> None:
    """Nobody cares."""
