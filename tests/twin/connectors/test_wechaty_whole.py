"""The whole loop through a real gateway, with a tiny adapter that was really trained."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.chats import set_mode, upsert_chat
from storage.database import open_database
from storage.messages import NewMessage, Origin, log_message, messages_of_chat
from tests.gateway.process import Gateway, skip_without_node
from tests.tiny import tiny_model
from training.train import run_training
from twin.app import App
from twin.config import Config, load_config
from twin.connectors.wechaty import WechatyConnector
from twin.conversation import Conversation
from twin.engine.local import LocalEngine
from twin.supervise import Backoff

SETTINGS = """
owner.name = "Sam"
model = {{ base = {base!r}, dtype = "float32", device = "cpu" }}
train = {{ batch_size = 4, min_samples = 4, learning_rate = 0.01, epochs = 40.0, dropout = 0.0 }}
reply = {{ quiet_seconds = 0.3, max_tokens = 12, chars_per_second = 1000, temperature = 0.0 }}
policy = {{ quiet_hours = "" }}
"""


@pytest.fixture
def own_gateway() -> Iterator[Gateway]:
    skip_without_node()
    gateway = Gateway()
    yield gateway
    gateway.kill()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "config.toml"
    base = str(tiny_model(tmp_path / "base", spread=0.3))
    path.write_text(SETTINGS.format(base=base), encoding="utf-8")
    return load_config(path)


@pytest.fixture
def db(config: Config) -> Database:
    """Ann's chat with a history in which the owner always answers the same two lines."""
    db = open_database(config.database)
    chat = upsert_chat(db, "wechaty", "ann", "Ann", mode="auto")
    for number in range(24):
        at = number * 3_600_000
        log_message(db, NewMessage(chat.id, "peer", f"hi {number}", at, source="import"))
        log_message(db, NewMessage(chat.id, "owner", "ok", at + 1000, source="import"))
        log_message(db, NewMessage(chat.id, "owner", "see you", at + 2000, source="import"))
    return db


async def until(condition: Callable[[], bool]) -> None:
    """The far side is another process, so its state is asked for again and again."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_from_the_scan_to_the_second_reply_after_a_kill(
    own_gateway: Gateway, config: Config, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_training(config, db, "test", show=False)
    told: list[str] = []

    def expect(burst: str) -> list[str]:
        """What Ann has received once the trained adapter has answered this burst too."""
        reply = Conversation(config, live_adapter(db)).say(burst).text
        told.extend(line.strip() for line in reply.splitlines() if line.strip())
        return told

    assert len(expect("hi 1\nhi 2")) >= 2  # it has learnt to answer in several messages
    gateway = own_gateway
    monkeypatch.setattr("twin.app.BACKOFF", Backoff(0.2, 0.5))
    codes: list[str] = []
    connector = WechatyConnector(gateway.settings, config.data, codes.append)
    app = App(config, db, [connector], LocalEngine(config))
    running = asyncio.create_task(app.run())

    async def order(command: str, **options: object) -> None:
        await asyncio.to_thread(lambda: gateway.order(command, **options))

    async def say(friend: str, text: str, **payload: object) -> None:
        await asyncio.to_thread(lambda: gateway.message(friend, text, **payload))

    def log_of(name: str) -> list[tuple[Origin, str]]:
        chat = upsert_chat(db, "wechaty", name, name)
        return [(m.origin, m.text) for m in messages_of_chat(db, chat.id)][72:]

    # Scan and login
    await until(lambda: connector.status().last_event_at is not None)
    await order("scan")
    await until(lambda: codes == ["https://example.org/scan-me"])
    await order("login")
    await until(lambda: connector.status().state == "running")

    # A friend's burst gets one merged reply, told of once, in pieces
    await say("ann", "hi 1")
    await say("ann", "hi 2")
    await until(lambda: len(gateway.received("ann")) == len(told) + 1)
    assert "Sam's AI twin" in gateway.received("ann")[0]
    assert gateway.received("ann")[1:] == told
    await until(lambda: len(log_of("ann")) == len(told) + 3)
    origins = [origin for origin, _ in log_of("ann")]
    assert origins == ["peer", "peer"] + ["twin"] * (len(told) + 1)

    # The owner takes over: silence
    await say("owner", "me now", listenerId="ann")
    told.append("me now")
    await say("ann", "hi 3")
    await until(lambda: _reasons(db)[-1:] == ["paused"])
    assert gateway.received("ann")[1:] == told

    # /twin on from the chat with himself, and the twin answers again
    await say("owner", "/twin on Ann", listenerId="owner")
    await until(lambda: ("twin", "Ann: auto") in _messages(db, "owner"))
    await say("ann", "hi 4")
    expect("hi 4")
    await until(lambda: gateway.received("ann")[1:] == told)

    # The gateway is killed and comes back
    gateway.kill()
    await until(lambda: connector.status().state == "failed")
    await asyncio.to_thread(gateway.start)
    await until(lambda: connector.status().state == "starting")
    await order("login")
    await until(lambda: connector.status().state == "running")
    await say("ann", "hi 5")
    expect("hi 5")
    await until(lambda: gateway.received("ann")[1:] == told)

    # Off means off, even for what it was told a moment ago
    set_mode(db, upsert_chat(db, "wechaty", "ann", "Ann").id, "off")
    await say("ann", "hi 6")
    await say("bob", "hello")
    await until(lambda: ("peer", "hello") in _messages(db, "bob"))
    assert ("peer", "hi 6") not in log_of("ann")
    app.stop()
    await running
    assert gateway.received("bob") == []


def _reasons(db: Database) -> list[str]:
    return [reason for (reason,) in db.execute("SELECT reason FROM decisions ORDER BY id")]


def _messages(db: Database, name: str) -> list[tuple[str, str]]:
    rows = db.execute(
        "SELECT m.origin, m.text FROM messages m JOIN chats c ON c.id = m.chat_id "
        "WHERE c.external_id = ?",
        [name],
    )
    return [(origin, text) for origin, text in rows]
