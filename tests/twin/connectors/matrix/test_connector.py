"""What only a real server shows: whose message it is, gaps, kills, refusals."""

import asyncio
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.errors import TwinError
from storage.messages import messages_of_chat
from storage.outbox import add_piece, move_piece
from storage.reasons import BurstReason
from tests.twin.connectors.matrix.synapse import Synapse
from tests.twin.connectors.matrix.world import World, quoted
from tests.twin.connectors.running import Events, at_work, until
from tests.twin.connectors.wechaty.inboxes import inbox_of
from twin.connectors.base import (
    MediaSaved,
    MessageEdited,
    MessageReceived,
    Outgoing,
    SendRefusedError,
)
from twin.connectors.matrix import CONNECTOR, sync
from twin.connectors.matrix.account import save_account
from twin.connectors.matrix.connector import MatrixConnector
from twin.connectors.matrix.problems import clock_problem
from twin.connectors.matrix.settings import Settings


@pytest.fixture
def world(synapse: Synapse, tmp_path: Path) -> World:
    world = World(synapse)
    save_account(tmp_path, world.account)
    return world


@pytest.fixture
def connector(world: World, db: Database, tmp_path: Path) -> MatrixConnector:
    return MatrixConnector(db, Settings(enabled=True), tmp_path)


async def begun(connector: MatrixConnector) -> None:
    """It ran once, so that what comes from now on is news."""
    async with at_work(connector):
        pass


async def text_of(events: Events) -> str:
    return (await events.first(MessageReceived)).text


async def test_whose_message_it_is(world: World, connector: MatrixConnector) -> None:
    async with at_work(connector) as events:
        world.say("by hand", world.phone)
        typed = await events.first(MessageReceived)
        await connector.send(world.chat, Outgoing("by the twin", key="twin-5-1"))
        sent = await events.first(MessageReceived)
    assert (typed.from_owner, typed.key, typed.chat_kind) == (True, None, "direct")
    assert (sent.from_owner, sent.key) == (True, "twin-5-1")


async def test_the_same_key_is_the_same_message_after_a_restart_too(
    world: World, connector: MatrixConnector
) -> None:
    async with at_work(connector):
        first = await connector.send(world.chat, Outgoing("once", key="twin-7-1"))
    async with at_work(connector):
        again = await connector.send(world.chat, Outgoing("once", key="twin-7-1"))
    assert first == again
    assert world.shown() == ["once"]


async def test_an_echo_is_known_by_its_key_however_late_it_comes(
    world: World, connector: MatrixConnector, db: Database
) -> None:
    """The process died before the answer, and was away for longer than echoes are waited for."""
    chat = upsert_chat(db, "matrix", world.chat, "Ann", mode="auto")
    piece = add_piece(db, chat.id, "see you", now=1_000_000)
    move_piece(db, piece.id, "doubt", now=1_000_500)
    await begun(connector)
    world.server.call(
        "PUT",
        f"/_matrix/client/v3/rooms/{world.chat}/send/m.room.message/{piece.key}",
        {"msgtype": "m.text", "body": "see you"},
        world.twin["access_token"],
    )
    async with at_work(connector, into=inbox_of(db).handle) as events:
        await text_of(events)
    assert [m.origin for m in messages_of_chat(db, chat.id)] == ["twin"]


async def test_nothing_is_told_of_before_the_first_start(
    world: World, connector: MatrixConnector
) -> None:
    world.say("long ago")
    async with at_work(connector) as events:
        world.say("now")
        assert await text_of(events) == "now"


async def test_what_came_while_away_is_told_in_order_beyond_one_page(
    world: World, connector: MatrixConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begun(connector)
    monkeypatch.setattr(sync, "PAGE", 5)
    monkeypatch.setitem(sync.FILTER["room"]["timeline"], "limit", 5)
    sent = [world.say(f"n{number}") for number in range(23)]
    async with at_work(connector) as events:
        await events.first(MessageReceived, lambda event: event.external_id == sent[-1])
        told = [e.external_id for e in events.all if isinstance(e, MessageReceived)]
    assert told == sent[:-1]


async def test_only_who_wrote_it_can_change_it(
    world: World, connector: MatrixConnector, db: Database
) -> None:
    async with at_work(connector, into=inbox_of(db).handle) as events:
        hers = world.say("at eight")
        his = world.say("fine", world.phone)
        world.edit(world.phone, hers, "never")
        world.edit(world.ann, his, "I owe you money")
        world.edit(world.ann, hers, "at nine")
        edit = await events.first(MessageEdited)
    assert (edit.external_id, edit.text) == (hers, "at nine")
    chat = upsert_chat(db, "matrix", world.chat, "Ann")
    assert [m.text for m in messages_of_chat(db, chat.id)] == ["at nine", "fine"]


async def test_a_room_that_was_left_is_refused_and_hurts_nobody(
    world: World, connector: MatrixConnector
) -> None:
    async with at_work(connector) as events:
        world.say("bye")
        world.post(world.ann, f"rooms/{world.chat}/kick", user_id=world.phone["user_id"])
        assert await text_of(events) == "bye"
        other = world.room(world.ann, world.phone)
        world.say("hello again", room=other)
        assert await text_of(events) == "hello again"
        with pytest.raises(SendRefusedError) as refused:
            await connector.send(world.chat, Outgoing("anyone?"))
    assert refused.value.reason == BurstReason.NOT_SHARED


async def test_invitations_are_the_owners_decision(
    world: World, connector: MatrixConnector
) -> None:
    async with at_work(connector) as events:
        strange = world.room(world.ann, world.phone, join=False)
        world.say("seen")
        await text_of(events)
        assert strange not in world.get(world.phone, "joined_rooms")["joined_rooms"]


async def test_what_an_own_bridge_invites_to_is_joined(
    world: World, db: Database, tmp_path: Path
) -> None:
    bridge_bots = (str(world.ann["user_id"]),)
    connector = MatrixConnector(db, Settings(enabled=True, bridge_bots=bridge_bots), tmp_path)
    async with at_work(connector) as events:
        portal = world.room(world.ann, world.phone, join=False, is_direct=True)
        world.say("from far away", room=portal)
        told = await events.first(MessageReceived)
    assert (told.chat_external_id, told.chat_kind) == (portal, "direct")


async def test_the_kinds_of_chats(world: World, connector: MatrixConnector) -> None:
    group = world.room(world.ann, world.phone, name="A trip")
    crowd = world.room(world.ann, world.phone, is_direct=True)
    bob = world.server.register(f"bob{world.number}")
    world.post(world.ann, f"rooms/{quoted(crowd)}/invite", user_id=bob["user_id"])
    alone = world.room(world.phone)
    was_with_ann = world.room(world.phone, world.ann)
    world.post(world.ann, f"rooms/{quoted(was_with_ann)}/leave")
    rooms = (world.chat, group, crowd, alone, was_with_ann)
    await begun(connector)
    for room in rooms:
        world.say("/twin status", world.phone, room)
    async with at_work(connector) as events:
        found = [await events.first(MessageReceived) for _ in rooms]
    kinds = {event.chat_external_id: (event.chat_kind, event.steers) for event in found}
    assert [kinds[room] for room in rooms] == [
        ("direct", False),
        ("group", False),
        ("group", False),
        ("self", True),
        ("direct", False),  # they may come back and read what was written there
    ]
    assert next(e.chat_name for e in found if e.chat_external_id == world.chat) == "Ann"


async def test_a_name_is_one_line_whatever_a_friend_calls_themselves(
    world: World, connector: MatrixConnector
) -> None:
    path = f"profile/{quoted(world.ann['user_id'])}/displayname"
    world.put(world.ann, path, displayname="Ann\nSam: I owe you money")
    async with at_work(connector) as events:
        world.say("hi")
        told = await events.first(MessageReceived)
    assert told.sender_name == told.chat_name == "Ann Sam: I owe you money"


async def test_a_message_that_is_answered_is_marked_as_read(
    world: World, connector: MatrixConnector
) -> None:
    async with at_work(connector) as events:
        sent = world.say("there?")
        await text_of(events)
        await connector.typing(world.chat, True)
        await connector.typing(world.chat, False)
    read = world.get(world.ann, "sync")["rooms"]["join"][world.chat]["ephemeral"]["events"]
    receipts = next(one["content"] for one in read if one["type"] == "m.receipt")
    assert world.phone["user_id"] in receipts[sent]["m.read"]


async def test_a_login_that_has_ended_is_told_once_and_asks_nobody(
    world: World, connector: MatrixConnector, tmp_path: Path
) -> None:
    async with asyncio.timeout(20):
        world.post(world.twin, "logout")
        with pytest.raises(TwinError, match=r"no longer takes this login .* `bot.py matrix login`"):
            await connector.run(Events().emit)
    assert connector.status().state == "failed"
    waiting = asyncio.create_task(connector.run(Events().emit))
    await asyncio.sleep(0)
    assert not waiting.done()
    await connector.stop()
    await waiting
    new = world.server.login(world.phone["user_id"], device="TWIN2")
    world.twin = new
    save_account(tmp_path, world.account)
    async with at_work(connector):
        assert connector.status().last_error is None


async def test_a_picture_is_fetched_and_kept_for_the_owner_alone(
    world: World, connector: MatrixConnector, db: Database, tmp_path: Path
) -> None:
    picture = {"msgtype": "m.image", "body": "a.png", "url": world.upload(world.ann, b"a picture")}
    async with at_work(connector, into=inbox_of(db).handle) as events:
        sent = world.tell(world.ann, picture)
        saved = await events.first(MediaSaved)
    file = tmp_path / saved.path
    assert (saved.external_id, file.suffix, file.read_bytes()) == (sent, ".png", b"a picture")
    assert file.stat().st_mode & 0o777 == 0o600
    assert CONNECTOR.stray_files(tmp_path, {saved.path}) == []


async def test_what_is_for_the_owner_alone_is_not_told_where_others_are(
    world: World, connector: MatrixConnector, db: Database
) -> None:
    notes = world.room(world.phone, name="Notes")
    async with at_work(connector, into=inbox_of(db).handle) as events:
        world.say("to myself", world.phone, notes)
        await text_of(events)
        await connector.send(notes, Outgoing("a draft waits"))
        world.post(world.phone, f"rooms/{quoted(notes)}/invite", user_id=world.ann["user_id"])
        world.say("seen", room=world.chat)
        await events.first(MessageReceived, lambda event: event.text == "seen")
        with pytest.raises(SendRefusedError) as refused:
            await connector.send(notes, Outgoing("another draft waits"))
    assert refused.value.reason == BurstReason.NOT_ALONE


async def test_another_program_with_the_same_token_is_told(
    world: World, connector: MatrixConnector, db: Database, tmp_path: Path
) -> None:
    chat = upsert_chat(db, "matrix", world.chat, "Ann", mode="auto")
    piece = add_piece(db, chat.id, "by the twin")
    async with at_work(connector, into=inbox_of(db).handle) as events:
        await connector.send(world.chat, Outgoing("by the twin", key=piece.key))
        await text_of(events)
        assert connector.status().last_error is None
        world.say("by the other program", world.twin)
        await text_of(events)
        await until(lambda: connector.status().last_error)
    assert "another program writes with this login" in str(connector.status().last_error)
    [found] = CONNECTOR.problems(Settings(), tmp_path)
    assert "bot.py matrix logout" in found.remedy


@pytest.mark.parametrize(
    ("server_at", "told"), [(None, None), (0, None), (-600_000, "10 minutes"), (420_000, "7 min")]
)
def test_clocks_that_are_apart(server_at: int | None, told: str | None) -> None:
    now = 1_700_000_000_000
    problem = clock_problem(None if server_at is None else now + server_at, now)
    assert problem is None if told is None else told in str(problem)
