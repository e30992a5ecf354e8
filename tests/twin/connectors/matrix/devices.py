"""Devices of accounts on the tests' Matrix server, with keys of their own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from nio import RoomMessageText, SyncResponse

from tests.twin.connectors.matrix.synapse import Synapse
from tests.twin.connectors.running import LIMIT_S
from twin.connectors.matrix.encryption import KEYS_FOLDER, Keys, KeysClient, keys_config

ALGORITHM = {"algorithm": "m.megolm.v1.aes-sha2"}
ENCRYPTED = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": ALGORITHM,
}
_numbers = count(1)


def new_name(name: str) -> str:
    """That of an account which no other test has."""
    return f"{name}.{next(_numbers)}"


class Device:
    """One login. `login` is what the server answered to it, `data` where it keeps its keys."""

    def __init__(self, server: Synapse, login: dict[str, Any], data: Path) -> None:
        self.server, self.login, self.data = server, login, data
        self.seen: list[Any] = []
        self.client = KeysClient(
            server.url,
            login["user_id"],
            login["device_id"],
            store_path=str(data / KEYS_FOLDER),
            config=keys_config(data, max_timeouts=0, max_limit_exceeded=0),
        )
        self.client.restore_login(login["user_id"], login["device_id"], login["access_token"])
        self.keys = Keys(self.client)

    async def sync(self, since: str | None = None) -> None:
        """What was told since the last one is added to `seen`."""
        answer = await self.client.sync(timeout=200, since=since, full_state=since is not None)
        assert isinstance(answer, SyncResponse)
        await self.keys.upkeep(answer)
        for room in answer.rooms.join.values():
            self.seen += room.timeline.events

    async def until(self, found: Callable[[Any], bool]) -> Any:
        """The first event of that kind."""
        async with asyncio.timeout(LIMIT_S):
            while not (events := [event for event in self.seen if found(event)]):
                await self.sync()
        return events[0]

    async def reads(self, text: str) -> Any:
        return await self.until(lambda event: _is_text(event) and event.body == text)

    async def say(self, room: str, text: str, key: str | None = None) -> Any:
        await self.keys.hand_out(room)
        return await self.client.room_send(
            room, "m.room.message", {"msgtype": "m.text", "body": text}, tx_id=key
        )

    def on_the_wire(self, room: str, event_id: str) -> dict[str, Any]:
        """The event as the server has it."""
        path = f"/_matrix/client/v3/rooms/{room}/event/{event_id}"
        return self.server.call("GET", path, token=self.login["access_token"])


def _is_text(event: Any) -> bool:
    return isinstance(event, RoomMessageText)


def encrypted_room(server: Synapse, maker: Device, *others: Device) -> str:
    """A room in which all of them are."""
    people = [one.login["user_id"] for one in others]
    body = {"invite": people, "initial_state": [ENCRYPTED], "preset": "trusted_private_chat"}
    token = maker.login["access_token"]
    room: str = server.call("POST", "/_matrix/client/v3/createRoom", body, token)["room_id"]
    for one in others:
        server.call("POST", f"/_matrix/client/v3/join/{room}", {}, one.login["access_token"])
    return room


class Two(NamedTuple):
    twin: Device
    ann: Device
    room: str


@asynccontextmanager
async def two_in_a_room(server: Synapse, folder: Path) -> AsyncIterator[Two]:
    """The owner's twin and Ann in an encrypted room, each knowing the other's device."""
    twin, ann = (
        Device(server, server.register(new_name(name)), folder / name) for name in ("owner", "ann")
    )
    room = encrypted_room(server, ann, twin)
    for one in (twin, ann, twin):
        await one.sync()
    yield Two(twin, ann, room)
    for one in (twin, ann):
        await one.client.close()
