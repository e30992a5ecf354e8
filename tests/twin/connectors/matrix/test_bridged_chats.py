"""Chats of another network that a bridge brings onto a real Matrix server."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.messages import messages_of_chat
from storage.outbox import move_piece, record_decision, state_of
from tests.twin.connectors.matrix.bridge import BOT, Bridge
from tests.twin.connectors.matrix.synapse import Synapse
from tests.twin.connectors.matrix.world import World, quoted
from tests.twin.connectors.running import Events, at_work
from tests.twin.connectors.wechaty.inboxes import inbox_of
from twin.connectors.base import MessageFailed, MessageReceived, Outgoing
from twin.connectors.matrix.account import save_account
from twin.connectors.matrix.connector import MatrixConnector
from twin.connectors.matrix.settings import Settings

HOUR_MS = 3_600_000


class Bridged(NamedTuple):
    connector: MatrixConnector
    events: Events
    bridge: Bridge

    async def heard(self, text: str) -> MessageReceived:
        return await self.events.first(MessageReceived, lambda event: event.text == text)


@pytest.fixture
async def bridged(synapse: Synapse, db: Database, tmp_path: Path) -> AsyncIterator[Bridged]:
    """The twin runs, with the real inbox behind it."""
    world = World(synapse)
    save_account(tmp_path, world.account)
    connector = MatrixConnector(db, Settings(enabled=True, bridge_bots=(BOT,)), tmp_path)
    async with at_work(connector, into=inbox_of(db).handle) as events:
        yield Bridged(connector, events, Bridge(world))


async def test_a_friend_on_whatsapp(bridged: Bridged) -> None:
    """The bridge invites to a chat, Ann writes, and so does the owner on their phone."""
    bridge = bridged.bridge
    room = bridge.portal(join=False)
    bridge.say(room, "hi")
    told = await bridged.heard("hi")
    assert (told.chat_external_id, told.chat_kind) == (room, "direct")
    assert (told.chat_name, told.sender_name) == ("Ann (WhatsApp)", "Ann")
    assert (told.sender_id, told.from_owner, told.is_history) == (bridge.ghost, False, False)
    bridge.puppet(room, "from my phone")
    typed = await bridged.heard("from my phone")
    assert (typed.from_owner, typed.key, typed.is_history) == (True, None, False)
    await bridged.connector.send(room, Outgoing("from the twin", key="twin-1-1"))
    sent = await bridged.heard("from the twin")
    assert (sent.from_owner, sent.key) == (True, "twin-1-1")


async def test_nobody_answers_the_bridge_itself(bridged: Bridged) -> None:
    bridge = bridged.bridge
    room, group = bridge.portal(), bridge.portal(kind="group_dm")
    bridge.tell(room, {"msgtype": "m.text", "body": "You were logged out"})
    bridge.tell(room, {"msgtype": "m.notice", "body": "Connecting"})
    bridge.say(group, "in a group")
    told = [
        await bridged.heard(text) for text in ("You were logged out", "Connecting", "in a group")
    ]
    assert [one.kind for one in told] == ["system", "system", "text"]
    assert [one.chat_kind for one in told] == ["direct", "direct", "group"]


async def test_who_only_claims_to_be_a_bridge_invites_in_vain(bridged: Bridged) -> None:
    world = bridged.bridge.world
    claim = {"bridgebot": world.ann["user_id"], "protocol": {"id": "whatsapp"}}
    world.put(world.ann, f"rooms/{world.chat}/state/m.bridge/x", **claim)
    world.say("I am a bridge")
    await bridged.heard("I am a bridge")
    strange = world.room(world.ann, world.phone, join=False)
    world.say("end")
    await bridged.heard("end")
    assert strange not in world.get(world.phone, "joined_rooms")["joined_rooms"]


async def test_a_group_is_none_of_two_whatever_its_state_says(bridged: Bridged) -> None:
    bridge, world = bridged.bridge, bridged.bridge.world
    room = bridge.portal()
    for who in (world.ann, world.server.register(f"bob{world.number}")):
        bridge.call("POST", f"rooms/{quoted(room)}/invite", {"user_id": who["user_id"]})
        world.post(who, f"join/{quoted(room)}")
    bridge.say(room, "hi all")
    assert (await bridged.heard("hi all")).chat_kind == "group"


async def test_broadcasts_are_not_heard(bridged: Bridged) -> None:
    bridge = bridged.bridge
    status, room = bridge.portal(channel="status@broadcast", kind="group"), bridge.portal()
    bridge.say(status, "look at my cat")
    bridge.say(room, "end")
    await bridged.heard("end")
    told = [event.text for event in bridged.events.all if isinstance(event, MessageReceived)]
    assert told == []


async def test_what_a_bridge_fills_in_is_history(bridged: Bridged, db: Database) -> None:
    """Old messages come as new events; the owner's take over nothing."""
    bridge, now = bridged.bridge, round(time.time() * 1000)
    room = bridge.portal()
    bridge.say(room, "now")
    bridge.say(room, "last week", ts=now - 7 * 24 * HOUR_MS)
    bridge.puppet(room, "my answer then", ts=now - 7 * 24 * HOUR_MS + 1000)
    bridge.say(room, "just late", ts=now - 60_000)
    late = await bridged.heard("just late")
    assert not late.is_history
    past = [await bridged.heard(text) for text in ("last week", "my answer then")]
    assert all(event.is_history for event in past)
    chat = upsert_chat(db, "matrix", room, "Ann")
    assert [(m.origin, m.text) for m in messages_of_chat(db, chat.id)] == [
        ("peer", "last week"),
        ("owner", "my answer then"),
        ("peer", "now"),
        ("peer", "just late"),
    ]


@pytest.mark.parametrize("how", ["com.beeper.message_send_status", "m.room.message"])
async def test_what_the_bridge_did_not_deliver_has_failed(
    bridged: Bridged, db: Database, how: str
) -> None:
    """The echo alone proves only that the homeserver has it."""
    bridge = bridged.bridge
    room = bridge.portal()
    bridge.say(room, "hi")
    await bridged.heard("hi")
    chat = upsert_chat(db, "matrix", room, "Ann")
    (asked,) = messages_of_chat(db, chat.id)
    lost, rest = record_decision(db, chat.id, asked.id, "answered", ["lost", "rest"])
    move_piece(db, lost.id, "sending")
    sent = await bridged.connector.send(room, Outgoing("lost", key=lost.key))
    move_piece(db, lost.id, "sent", external_id=sent)
    await bridged.heard("lost")
    bridge.tell(
        room,
        {
            "msgtype": "m.notice",
            "body": "\u26a0\ufe0f Your message was not bridged: you're not logged in",
            "status": "FAIL_RETRIABLE",
            "m.relates_to": {
                "rel_type": "m.reference",
                "event_id": sent,
                "m.in_reply_to": {"event_id": sent},
            },
        },
        kind=how,
    )
    assert (await bridged.events.first(MessageFailed)).external_id == sent
    assert [state_of(db, piece.id)[0] for piece in (lost, rest)] == ["failed", "cancelled"]
