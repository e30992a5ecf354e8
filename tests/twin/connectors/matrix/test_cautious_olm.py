"""What strangers send about keys: nobody stops the twin with it, or speaks for the server."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from nio import MegolmEvent
from nio.api import Api
from vodozemac import Account

from tests.twin.connectors.matrix.devices import Two, two_in_a_room
from tests.twin.connectors.matrix.synapse import Synapse
from twin.connectors.matrix.wire import readable


@pytest.fixture
async def two(synapse: Synapse, tmp_path: Path) -> AsyncIterator[Two]:
    async with two_in_a_room(synapse, tmp_path) as two:
        yield two


CLAIMS: tuple[dict[str, Any], ...] = (
    {"type": "m.room.redaction", "redacts": "$any", "content": {}},
    {"type": "m.room.name", "state_key": "", "content": {"name": "x"}},
    {"type": "m.room.member", "state_key": "@eve:twin.test", "content": {"membership": "join"}},
)


async def test_no_friend_speaks_for_the_server(two: Two) -> None:
    """Else the keys would go to whom they name, and anybody could take back anybody's words."""
    await two.ann.say(two.room, "hello")
    for claim in CLAIMS:
        content = two.ann.client.olm.group_encrypt(two.room, dict(claim))
        await two.ann.client.room_send(two.room, "m.room.encrypted", {"algorithm": "", **content})
    await two.ann.say(two.room, "end")
    await two.twin.reads("end")
    unread = [event for event in two.twin.seen if isinstance(event, MegolmEvent)]
    assert len(unread) == len(CLAIMS)
    assert set(two.twin.client.rooms[two.room].users) == {
        two.twin.client.user_id,
        two.ann.client.user_id,
    }


async def test_nobody_stops_the_twin_with_broken_keys(two: Two) -> None:
    """What a server keeps for a device comes at each sync until one succeeds."""
    twin = two.twin.client
    ours = twin.olm.account.identity_keys["curve25519"]
    sealed: dict[str, Any] = {
        "algorithm": "m.olm.v1.curve25519-aes-sha2",
        "sender_key": two.ann.client.olm.account.identity_keys["curve25519"],
        "ciphertext": {ours: {"type": 0, "body": "AwogAA"}},
    }
    for number, content in enumerate((sealed, sealed | {"sender_key": 7}, {"algorithm": None}, {})):
        two.ann.server.call(
            "PUT",
            f"/_matrix/client/v3/sendToDevice/m.room.encrypted/broken{number}",
            {"messages": {twin.user_id: {twin.device_id: content}}},
            two.ann.login["access_token"],
        )
    await two.ann.say(two.room, "hello")
    await two.twin.reads("hello")


def device_keys(login: dict[str, Any], account: Account, keys: dict[str, str]) -> dict[str, Any]:
    """Of a device that signs them itself. `keys`: in place of its own, by their kind."""
    own = {
        "curve25519": account.curve25519_key.to_base64(),
        "ed25519": account.ed25519_key.to_base64(),
    }
    device = login["device_id"]
    document = {
        "user_id": login["user_id"],
        "device_id": device,
        "algorithms": ["m.megolm.v1.aes-sha2"],
        "keys": {f"{kind}:{device}": key for kind, key in (own | keys).items()},
    }
    return signed(document, login, account)


def signed(document: dict[str, Any], login: dict[str, Any], account: Account) -> dict[str, Any]:
    signature = account.sign(Api.to_canonical_json(document).encode()).to_base64()
    name = f"ed25519:{login['device_id']}"
    return document | {"signatures": {login["user_id"]: {name: signature}}}


async def test_a_friends_broken_devices_leave_their_others_alone(two: Two) -> None:
    server = two.ann.server
    broken: list[tuple[dict[str, str], str | None]] = [
        ({"ed25519": "bad"}, None),
        ({"curve25519": "AAAA"}, None),
        ({}, "AAAA"),
    ]
    for nth, (keys, one_time_key) in enumerate(broken):
        account, login = Account(), server.login(two.ann.login["user_id"])
        account.generate_one_time_keys(1)
        [(number, key)] = account.one_time_keys.items()
        one = {"key": one_time_key or key.to_base64()}
        body = {
            "device_keys": device_keys(login, account, keys),
            "one_time_keys": {f"signed_curve25519:{number}": signed(one, login, account)},
        }
        server.call("POST", "/_matrix/client/v3/keys/upload", body, login["access_token"])
        await two.twin.sync()
        await two.twin.say(two.room, f"hello {nth}")
        await two.ann.reads(f"hello {nth}")


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "keys",
        {"device_id": "X", "algorithms": 7, "keys": {}},
        {"device_id": "X", "algorithms": [], "keys": {"a": 1}},
        {"device_id": "X", "algorithms": [], "keys": {}, "signatures": []},
        {"device_id": 1, "algorithms": [], "keys": {}},
    ],
)
def test_a_broken_device_hides_no_other(broken: Any) -> None:
    sound = {"device_id": "D", "algorithms": ["a"], "keys": {"k": "v"}, "signatures": {}}
    answer = {"device_keys": {"@ann:x": {"X": broken, "D": sound}, "@bob:x": "broken"}}
    assert readable(answer)["device_keys"] == {"@ann:x": {"D": sound}}
