"""The connector in encrypted rooms of a real server."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlite_utils import Database

from tests.twin.connectors.matrix.devices import ALGORITHM, ENCRYPTED, Device
from tests.twin.connectors.matrix.owner_keys import set_up, trusts
from tests.twin.connectors.matrix.synapse import Synapse
from tests.twin.connectors.matrix.world import World
from tests.twin.connectors.running import Events, at_work, until
from twin.connectors.base import MessageReceived, Outgoing
from twin.connectors.matrix import late_keys
from twin.connectors.matrix.account import save_account
from twin.connectors.matrix.connector import MatrixConnector
from twin.connectors.matrix.cross_signing import verify
from twin.connectors.matrix.problems import problems
from twin.connectors.matrix.settings import Settings


class Private(NamedTuple):
    world: World
    connector: MatrixConnector
    ann: Device
    room: str
    data: Path


@pytest.fixture
async def private(synapse: Synapse, db: Database, tmp_path: Path) -> AsyncIterator[Private]:
    """An encrypted room of Ann and the owner, whose twin ran once."""
    world = World(synapse)
    save_account(tmp_path, world.account)
    connector = MatrixConnector(db, Settings(enabled=True), tmp_path)
    ann = Device(synapse, dict(world.ann), tmp_path / "ann")
    await ann.sync()
    room = world.room(world.ann, world.phone, is_direct=True, initial_state=[ENCRYPTED])
    async with at_work(connector):
        await until(lambda: _has_keys(world))
    await ann.sync()
    yield Private(world, connector, ann, room, tmp_path)
    await ann.client.close()


def _has_keys(world: World) -> bool:
    """Whether the twin's keys are at the server."""
    me, device = world.twin["user_id"], world.twin["device_id"]
    shown = world.post(world.ann, "keys/query", device_keys={me: []})["device_keys"]
    return device in shown.get(me, {})


async def said(events: Events) -> MessageReceived:
    return await events.first(MessageReceived)


async def test_an_encrypted_chat_and_a_restart(private: Private) -> None:
    async with at_work(private.connector) as events:
        await private.ann.say(private.room, "psst")
        told = await said(events)
        await private.connector.send(private.room, Outgoing("yes?", key="twin-1-1"))
        echo = await said(events)
    assert (told.text, told.kind, told.chat_kind) == ("psst", "text", "direct")
    assert (echo.text, echo.from_owner, echo.key) == ("yes?", True, "twin-1-1")
    await private.ann.reads("yes?")
    await private.ann.say(private.room, "are you there?")
    async with at_work(private.connector) as events:
        await events.first(MessageReceived, lambda event: event.text == "are you there?")
        await private.connector.send(private.room, Outgoing("again"))
        await private.ann.reads("again")
    assert "could not be read" not in str(private.connector.status().last_error)


async def test_encryption_that_is_turned_on_stops_plain_text_at_once(private: Private) -> None:
    world, ann = private.world, private.ann
    async with at_work(private.connector) as events:
        await private.connector.send(world.chat, Outgoing("plain"))
        await said(events)
        world.put(world.ann, f"rooms/{world.chat}/state/m.room.encryption", **ALGORITHM)
        world.say("seen")
        assert (await said(events)).text == "seen"
        await private.connector.send(world.chat, Outgoing("secret"))
        await ann.reads("secret")
    async with at_work(private.connector):  # and so after a restart
        await private.connector.send(world.chat, Outgoing("secret too"))
        await ann.reads("secret too")
    on_the_wire = world.get(world.ann, f"rooms/{world.chat}/messages?dir=b&limit=50")
    assert world.shown() == ["plain"]
    assert "secret" not in str(on_the_wire)


async def test_a_message_whose_key_comes_later_is_told_then(private: Private) -> None:
    ann, room = private.ann.client, private.room
    await ann.joined_members(room)
    await private.ann.sync()
    await ann.keys_claim(ann.get_missing_sessions(room))
    people, path = list(ann.rooms[room].users), "sendToDevice/m.room.encrypted/late"
    [(_, keys)] = ann.olm.share_group_session_parallel(room, people, ignore_unverified_devices=True)
    ann.olm.outbound_group_sessions[room].shared = True  # it is not
    await ann.room_send(room, "m.room.message", {"msgtype": "m.text", "body": "wait for it"})
    async with at_work(private.connector) as events:
        private.world.say("end")
        assert (await said(events)).text == "end"
    async with at_work(private.connector) as events:  # nothing of it is lost by a restart
        private.world.put(private.world.ann, path, **keys)
        told = await events.first(MessageReceived, lambda event: event.chat_external_id == room)
    assert (told.text, told.kind) == ("wait for it", "text")


async def test_what_can_not_be_read_is_told_and_found(
    private: Private, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(late_keys, "WAIT_FOR_KEYS_S", 0.0)
    ann, room, settings = private.ann.client, private.room, Settings(enabled=True)
    ann.olm.create_outbound_group_session(room)
    ann.olm.outbound_group_sessions[room].shared = True
    await ann.joined_members(room)
    await ann.room_send(room, "m.room.message", {"msgtype": "m.text", "body": "lost"})
    async with at_work(private.connector) as events:
        told = await said(events)
        await until(lambda: private.connector.status().last_error)
    assert (told.kind, told.text) == ("other", "")
    assert "1 of your friends' messages could not be read" in str(
        private.connector.status().last_error
    )
    (found,) = problems(settings, private.data)
    assert found.remedy == "have them trust this device with `bot.py matrix verify`"
    async with at_work(private.connector):
        await until(lambda: not problems(settings, private.data))


async def test_the_device_is_signed_while_the_bot_runs_or_not(private: Private) -> None:
    world = private.world
    key = set_up(world.server, dict(world.phone))
    await verify(world.account, private.data, key)
    me, device = world.twin["user_id"], world.twin["device_id"]
    assert trusts(world.server, world.ann["access_token"], me, device)
