"""Encrypted rooms, against a real server."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientConnectionError
from nio import RoomMessageText

from tests.twin.connectors.matrix.devices import (
    Device,
    Two,
    encrypted_room,
    new_name,
    two_in_a_room,
)
from tests.twin.connectors.matrix.synapse import Synapse
from twin.connectors.matrix.encryption import KEYS_FOLDER, SECRET, STORE, KeysError, keys_config


@pytest.fixture
async def two(synapse: Synapse, tmp_path: Path) -> AsyncIterator[Two]:
    async with two_in_a_room(synapse, tmp_path) as two:
        yield two


async def test_both_read_what_the_server_can_not(two: Two) -> None:
    await two.ann.say(two.room, "hello")
    assert (await two.twin.reads("hello")).sender == two.ann.client.user_id
    sent = await two.twin.say(two.room, "hi Ann", key="piece-1")
    await two.ann.reads("hi Ann")
    echo = await two.twin.reads("hi Ann")
    assert echo.source["unsigned"]["transaction_id"] == "piece-1"
    again = await two.twin.say(two.room, "hi Ann", key="piece-1")
    assert again.event_id == sent.event_id
    on_the_wire = two.ann.on_the_wire(two.room, sent.event_id)
    assert on_the_wire["type"] == "m.room.encrypted"
    assert "hi Ann" not in str(on_the_wire)


async def test_what_came_while_it_was_away_is_read_after_a_restart(two: Two) -> None:
    since = two.twin.client.next_batch
    await two.twin.client.close()
    assert two.twin.client.store.database.is_closed()
    await two.ann.say(two.room, "are you there?")
    back = Device(two.twin.server, two.twin.login, two.twin.data)
    for _ in range(2):  # the same answer again, as after a crash before the token was kept
        await back.sync(since)
        await back.reads("are you there?")
        back.client.next_batch = ""
        back.seen.clear()
    assert back.client.rooms[two.room].encrypted
    await back.client.close()


async def test_who_comes_later_reads_what_comes_later(two: Two, tmp_path: Path) -> None:
    """A second device of Ann's, and a third person, after the keys were handed out."""
    await two.twin.say(two.room, "before")
    server = two.twin.server
    name = two.ann.login["user_id"].removeprefix("@").split(":")[0]
    laptop = Device(server, server.login(name), tmp_path / "laptop")
    bob = Device(server, server.register(new_name("bob")), tmp_path / "bob")
    path = f"/_matrix/client/v3/rooms/{two.room}/invite"
    token = two.ann.login["access_token"]
    server.call("POST", path, {"user_id": bob.client.user_id}, token)
    await bob.client.join(two.room)
    for one in (laptop, bob, two.twin):
        await one.sync()
    await two.twin.say(two.room, "after")
    await laptop.reads("after")
    await bob.reads("after")
    assert not any(isinstance(e, RoomMessageText) and e.body == "before" for e in bob.seen)
    for one in (laptop, bob):
        await one.client.close()


async def test_when_the_keys_can_not_be_handed_out_nothing_is_sent(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = two.twin.client
    send = client.send

    async def without_keys(method: str, path: str, *rest: Any, **more: Any) -> Any:
        if "/sendToDevice/" in path:
            raise ClientConnectionError
        return await send(method, path, *rest, **more)

    monkeypatch.setattr(client, "send", without_keys)
    for _ in range(2):
        with pytest.raises(KeysError, match="could not be handed out"):
            await two.twin.say(two.room, "lost")
    monkeypatch.undo()
    await two.twin.say(two.room, "found")
    await two.ann.reads("found")


async def test_keys_that_were_taken_are_made_anew(two: Two) -> None:
    """With the last one gone, no new device could write to the twin."""
    server, twin = two.twin.server, two.twin
    taken = {twin.client.user_id: {twin.client.device_id: "signed_curve25519"}}
    body = {"one_time_keys": taken}

    def claim() -> Any:
        path, token = "/_matrix/client/v3/keys/claim", two.ann.login["access_token"]
        return server.call("POST", path, body, token)["one_time_keys"]

    while claim():
        pass
    await twin.sync()
    await twin.sync()
    assert claim()


@pytest.mark.parametrize("error", [TimeoutError, ClientConnectionError])
async def test_a_server_that_is_silent_about_keys_tells_messages_still(
    two: Two, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    send = two.twin.client.send

    async def silent_about_keys(method: str, path: str, *rest: Any, **more: Any) -> Any:
        if "/keys/" in path:
            raise error
        return await send(method, path, *rest, **more)

    monkeypatch.setattr(two.twin.client, "send", silent_about_keys)
    two.twin.client.olm.users_for_key_query.add(two.ann.client.user_id)
    await two.ann.say(two.room, "hello")
    await two.twin.reads("hello")
    monkeypatch.undo()
    await two.twin.sync()
    assert not two.twin.client.should_query_keys


class Killed(BaseException):
    pass


async def test_keys_that_a_server_hands_out_are_kept_before(
    two: Two, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A kill right after the upload: whoever took one of them can still be read."""
    server, login = two.ann.server, two.ann.server.register(new_name("killed"))
    killed = Device(server, login, tmp_path / "killed")
    send = killed.client.send

    async def killed_after(method: str, path: str, *rest: Any, **more: Any) -> Any:
        answer = await send(method, path, *rest, **more)
        if "/keys/upload" in path:
            raise Killed
        return answer

    monkeypatch.setattr(killed.client, "send", killed_after)
    with pytest.raises(Killed):
        await killed.sync()
    await killed.client.close()
    back = Device(server, login, tmp_path / "killed")
    room = encrypted_room(server, two.ann, back)
    await two.ann.sync()
    await two.ann.say(room, "can you read this?")
    await back.reads("can you read this?")
    await back.client.close()


async def test_a_device_whose_keys_another_program_has_leaves_encrypted_rooms_alone(
    two: Two, tmp_path: Path
) -> None:
    """A lost store, or a token that the owner copied from their client."""
    copy = Device(two.twin.server, two.twin.login, tmp_path / "empty")
    await copy.sync()
    await copy.sync()
    assert copy.keys.problem is not None
    assert "`bot.py matrix logout` and in again" in copy.keys.problem
    assert copy.client.olm is None
    assert copy.client.rooms[two.room].encrypted
    await two.ann.say(two.room, "still for the first")
    await two.twin.reads("still for the first")
    await copy.client.close()


@pytest.mark.parametrize("name", [SECRET, STORE])
async def test_a_damaged_store_is_told_in_one_line(two: Two, name: str) -> None:
    await two.twin.client.close()
    two.twin.client.store.database.close()
    (two.twin.data / KEYS_FOLDER / name).write_text("x" * 5000)
    with pytest.raises(KeysError, match=r"^\S+: the keys can't be used \(\w+\); [^\n]*$"):
        Device(two.twin.server, two.twin.login, two.twin.data)


def test_nobody_else_reads_what_the_store_is_encrypted_with(tmp_path: Path) -> None:
    config = keys_config(tmp_path)
    secret = tmp_path / KEYS_FOLDER / SECRET
    assert secret.stat().st_mode & 0o777 == 0o600
    assert config.pickle_key == keys_config(tmp_path).pickle_key
    assert len(config.pickle_key) > 30
    (tmp_path / KEYS_FOLDER / STORE).touch()
    secret.unlink()
    with pytest.raises(KeysError, match="bring the folder back"):
        keys_config(tmp_path)
