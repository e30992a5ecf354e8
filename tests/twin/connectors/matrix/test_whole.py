"""The whole loop through a real Matrix server, with a tiny adapter that was really trained."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL

import pytest
from sqlite_utils import Database

from storage.adapters import live_adapter, promote
from storage.chats import upsert_chat
from storage.database import open_database
from storage.messages import NewMessage, Origin, log_message, messages_of_chat
from storage.plain_text import is_visible, sendable
from tests.tiny import tiny_model
from tests.twin.connectors.matrix.synapse import Synapse, missing
from tests.twin.connectors.matrix.world import World
from tests.twin.connectors.running import until
from tests.twin.connectors.wechaty.test_whole import HISTORY, SETTINGS
from training.run import run_training
from twin.app import App
from twin.config.load import load_config
from twin.config.schema import Config
from twin.connectors.matrix.account import save_account
from twin.connectors.matrix.connector import MatrixConnector
from twin.connectors.matrix.settings import Settings
from twin.engine.local import LocalEngine
from twin.playground import ModelChat
from twin.replying.supervise import Backoff


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Synapse]:
    """One that the test may kill."""
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    server = Synapse(tmp_path / "server")
    server.start()
    yield server
    server.stop(SIGKILL)


@pytest.fixture
def world(server: Synapse) -> World:
    return World(server)


@pytest.fixture
def config(world: World, tmp_path: Path) -> Config:
    path = tmp_path / "config.toml"
    base = str(tiny_model(tmp_path / "base", spread=0.3))
    path.write_text(SETTINGS.format(base=base), encoding="utf-8")
    config = load_config(path)
    save_account(config.data, world.account)
    return config


@pytest.fixture
def db(config: Config, world: World) -> Iterator[Database]:
    """Ann's chat with a history in which the owner always answers the same two lines."""
    db = open_database(config.database)
    chat = upsert_chat(db, "matrix", world.chat, "Ann", mode="auto")
    for number in range(HISTORY // 3):
        at = number * 3_600_000
        log_message(db, NewMessage(chat.id, "peer", f"hi {number}", at, source="import"))
        log_message(db, NewMessage(chat.id, "owner", "ok", at + 1000, source="import"))
        log_message(db, NewMessage(chat.id, "owner", "see you", at + 2000, source="import"))
    yield db
    db.close()


@pytest.mark.slow
async def test_from_the_login_to_the_reply_after_a_kill(
    server: Synapse,
    world: World,
    config: Config,
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # With so few answers the gate has nothing to judge by: the owner promotes it.
    promote(db, run_training(config, db, "test", show=False)["adapter"])
    monkeypatch.setattr("twin.app.BACKOFF", Backoff(0.2, 0.5))
    notes = world.room(world.phone, name="Notes")
    twin, told = ModelChat(config, live_adapter(db)), list[str]()
    connector = MatrixConnector(db, Settings(enabled=True), config.data)
    app = App(config, db, [connector], LocalEngine(config))
    running = asyncio.create_task(app.run())

    def expect(burst: str) -> int:
        """Ann hears the twin's answer to this burst too; how many messages she has then."""
        lines = sendable(twin.reply(burst).text).splitlines()
        told.extend(line.strip() for line in lines if is_visible(line))
        return len(told)

    def log_of_ann() -> list[tuple[Origin, str]]:
        found = upsert_chat(db, "matrix", world.chat, "Ann")
        return [(m.origin, m.text) for m in messages_of_chat(db, found.id)][HISTORY:]

    async def shown_to_ann() -> list[str]:
        return await asyncio.to_thread(world.shown)

    async def until_shown(count: int) -> list[str]:
        async with asyncio.timeout(20):
            while len(shown := await shown_to_ann()) < count:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.1)
        return shown

    await until(lambda: connector.status().state == "running")

    # A friend's burst gets one merged reply, in pieces, after the word that a twin answers
    assert expect("hi 1\nhi 2") >= 2
    world.say("hi 1")
    world.say("hi 2")
    shown = await until_shown(len(told) + 1)
    assert "Sam's AI twin" in shown[0]
    assert shown[1:] == told
    await until(lambda: len(log_of_ann()) == len(told) + 3)
    origins = [origin for origin, _ in log_of_ann()]
    assert origins == ["peer", "peer"] + ["twin"] * (len(told) + 1)

    # The owner takes over on the phone: silence
    world.say("me now", world.phone)
    await until(lambda: ("owner", "me now") in log_of_ann())
    told.append("me now")
    world.say("hi 3")
    await until(lambda: _reasons(db)[-1:] == ["paused"])
    assert (await shown_to_ann())[1:] == told

    # /twin on in the room with oneself, and the twin answers again
    world.say("/twin on Ann", world.phone, notes)
    await until(lambda: _logged(db, "Ann: auto"))
    assert world.shown(notes) == ["/twin on Ann", "Ann: auto"]
    expect("hi 4")
    world.say("hi 4")
    assert (await until_shown(len(told) + 1))[1:] == told

    # The server is killed and comes back; what was written meanwhile is answered
    server.stop(SIGKILL)
    await until(lambda: connector.status().state == "failed")
    server.start()
    expect("hi 5")
    world.say("hi 5")
    await until_shown(len(told) + 1)
    await until(lambda: len(log_of_ann()) == len(told) + 6)
    app.stop()
    await running

    # Nothing is lost, nothing is there twice, and the log agrees with what Ann was shown
    assert (await shown_to_ann())[1:] == told
    logged = log_of_ann()
    assert [text for origin, text in logged if origin != "peer"][1:] == told
    assert [text for origin, text in logged if origin == "peer"] == [f"hi {n}" for n in range(1, 6)]


def _reasons(db: Database) -> list[str]:
    return [reason for (reason,) in db.execute("SELECT reason FROM decisions ORDER BY id")]


def _logged(db: Database, text: str) -> bool:
    return db.execute("SELECT 1 FROM messages WHERE text = ?", [text]).fetchone() is not None
