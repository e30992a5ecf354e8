"""What a real Matrix server still shows of the rooms, brought into the log."""

import asyncio
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import list_chats
from storage.messages import messages_of_chat
from tests.twin.connectors.matrix.bridge import Bridge
from tests.twin.connectors.matrix.synapse import Synapse
from tests.twin.connectors.matrix.world import World
from tests.twin.connectors.running import at_work
from tests.twin.connectors.wechaty.inboxes import inbox_of
from tests.twin.fakes import config_in
from twin.clock import Clock
from twin.connectors.base import ConnectorContext, MessageReceived, Outgoing
from twin.connectors.matrix import CONNECTOR, past
from twin.connectors.matrix.account import save_account
from twin.connectors.matrix.connector import MatrixConnector
from twin.connectors.matrix.settings import Settings
from twin.imports.history import bring_history
from twin.imports.history_report import HistoryReport, Wanted

pytestmark = pytest.mark.gateway
LATER = Clock(now=lambda: 4_000_000_000_000)  # nothing is too young to be brought
ENCRYPTED = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "y"}


@pytest.fixture
def world(synapse: Synapse, tmp_path: Path) -> World:
    world = World(synapse)
    save_account(tmp_path, world.account)
    return world


async def bring(db: Database, folder: Path, since: int = 0) -> HistoryReport:
    context = ConnectorContext(db, folder, "Sam")
    wanted = Wanted([CONNECTOR], since=since)
    return await bring_history(config_in(folder), context, wanted, clock=LATER)


def logged(db: Database, name: str) -> list[tuple[str, str]]:
    (chat,) = (chat["id"] for chat in list_chats(db) if chat["name"] == name)
    return [(one.origin, one.text) for one in messages_of_chat(db, chat) if not one.recalled_at]


async def test_what_was_written_before_the_twin_came_is_brought(
    world: World, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "PAGE", 8)

    def talk() -> None:
        for number in range(12):  # more than a page
            world.say(f"hi {number}")
        first = world.say("sevn", world.phone)
        world.edit(world.phone, first, "seven")
        world.edit(world.ann, first, "never")  # of another's message: no client shows it
        world.redact(world.ann, world.say("wrong chat"))
        world.tell(world.ann, ENCRYPTED, kind="m.room.encrypted")
        world.say("a note", world.phone, world.room(world.phone))

    await asyncio.to_thread(talk)
    report = await bring(db, tmp_path)
    told = [("peer", f"hi {number}") for number in range(12)]
    assert logged(db, "Ann") == [*told, ("owner", "seven")]
    assert report.left_out == [("Ann", "1 messages can't be read: their keys are not here")]
    assert (report.new, report.cut) == (13, [])
    assert (await bring(db, tmp_path)).new == 0


async def test_what_a_bridge_told_late_hides_nothing_that_is_newer(
    world: World, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "PAGE", 4)

    def talk() -> None:
        world.say("new")
        for number in range(6):
            world.say_at(f"old {number}", 1_500_000_000_000 + number)

    await asyncio.to_thread(talk)
    await bring(db, tmp_path, since=1_600_000_000_000)
    assert logged(db, "Ann") == [("peer", "new")]
    await bring(db, tmp_path)
    told = [("peer", f"old {number}") for number in range(6)]
    assert logged(db, "Ann") == [*told, ("peer", "new")]


async def test_a_bridges_chats_are_brought_and_what_its_bot_says_is_nobodys_words(
    world: World, db: Database, tmp_path: Path
) -> None:
    def talk() -> None:
        bridge = Bridge(world)
        room = bridge.portal()
        bridge.tell(room, {"msgtype": "m.text", "body": "You were logged out"})
        bridge.say(room, "hi")
        bridge.puppet(room, "from my phone")
        bridge.say(bridge.portal(channel="status@broadcast", kind="group"), "look at my cat")

    await asyncio.to_thread(talk)
    report = await bring(db, tmp_path)
    assert "Ann (WhatsApp)" in [chat.report.chat for chat in report.chats]
    assert logged(db, "Ann (WhatsApp)") == [
        ("peer", "You were logged out"),
        ("peer", "hi"),
        ("owner", "from my phone"),
    ]
    kinds = db.execute("SELECT kind FROM messages WHERE text LIKE 'You were%'").fetchall()
    assert kinds == [("system",)]
    assert not db.execute("SELECT 1 FROM messages WHERE text LIKE 'look at%'").fetchall()


async def test_beside_the_running_connector_nothing_is_stored_twice(
    world: World, db: Database, tmp_path: Path
) -> None:
    await asyncio.to_thread(world.say, "before")
    connector, inbox = MatrixConnector(db, Settings(enabled=True), tmp_path), inbox_of(db)
    async with at_work(connector, into=inbox.handle) as events:
        world.say("during")
        await events.first(MessageReceived)
        await connector.send(world.chat, Outgoing("of the twin", key="twin-1-1"))
        await events.first(MessageReceived)
        await bring(db, tmp_path)
        world.say("after")
        await events.first(MessageReceived)
    texts = [text for _, text in logged(db, "Ann")]
    assert sorted(texts) == ["after", "before", "during", "of the twin"]


async def test_a_login_that_has_ended_is_told_in_one_line(
    world: World, db: Database, tmp_path: Path
) -> None:
    await asyncio.to_thread(world.post, world.twin, "logout")
    ((account, why),) = (await bring(db, tmp_path)).cut
    assert account == "matrix"
    assert "log in again" in why
