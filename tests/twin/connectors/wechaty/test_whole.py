"""The whole loop through a real gateway, with a tiny adapter that was really trained."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.adapters import live_adapter, promote
from storage.chats import set_mode, upsert_chat
from storage.database import open_database
from storage.messages import NewMessage, Origin, log_message, messages_of_chat
from storage.plain_text import is_visible, sendable
from tests.tiny import tiny_model
from tests.twin.connectors.conftest import Made
from tests.twin.connectors.running import until
from tests.twin.connectors.wechaty.gateway import ANN, BOB, OWNER, Gateway
from training.run import run_training
from twin.app import App
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.local import LocalEngine
from twin.playground import ModelChat
from twin.replying.supervise import Backoff

SETTINGS = """
owner.name = "Sam"
model = {{ base = {base!r}, dtype = "float32", device = "cpu" }}
train = {{ batch_size = 4, min_samples = 4, learning_rate = 0.01, epochs = 40.0, dropout = 0.0 }}
judge = {{ prompts = 4, max_extra_repeats = 1.0, max_extra_copies = 1.0 }}
dataset.rules = "classic"
reply = {{ quiet_seconds = 0.3, max_tokens = 12, chars_per_second = 1000, temperature = 0.0 }}
policy = {{ quiet_hours = "" }}
"""
HISTORY = 72


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "config.toml"
    base = str(tiny_model(tmp_path / "base", spread=0.3))
    path.write_text(SETTINGS.format(base=base), encoding="utf-8")
    return load_config(path)


@pytest.fixture
def db(config: Config) -> Iterator[Database]:
    """Ann's chat with a history in which the owner always answers the same two lines."""
    db = open_database(config.database)
    chat = upsert_chat(db, "wechat", ANN, "Ann", mode="auto")
    for number in range(HISTORY // 3):
        at = number * 3_600_000
        log_message(db, NewMessage(chat.id, "peer", f"hi {number}", at, source="import"))
        log_message(db, NewMessage(chat.id, "owner", "ok", at + 1000, source="import"))
        log_message(db, NewMessage(chat.id, "owner", "see you", at + 2000, source="import"))
    yield db
    db.close()


async def test_from_the_scan_to_the_reply_after_a_kill(
    own_gateway: Gateway, config: Config, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With so few answers the gate has nothing to judge by: the owner promotes it.
    promote(db, run_training(config, db, "test", show=False)["adapter"])
    monkeypatch.setattr("twin.app.BACKOFF", Backoff(0.2, 0.5))
    gateway, told = own_gateway, list[str]()
    # The model lasts longer than a gateway's mock: it must not be loaded at every reply.
    twin = ModelChat(config, live_adapter(db))
    connector = Made(db, gateway.settings(), config.data)
    app = App(config, db, [connector], LocalEngine(config))
    running = asyncio.create_task(app.run())

    def expect(burst: str) -> list[str]:
        """What Ann has heard from the twin once it has answered this burst too."""
        lines = sendable(twin.reply(burst).text).splitlines()
        told.extend(line.strip() for line in lines if is_visible(line))
        return told

    def received(chat: str = ANN) -> list[str]:
        return [m["text"] for m in gateway.order("state")["sent"] if m["to"] == chat]

    def log_of(chat: str = ANN) -> list[tuple[Origin, str]]:
        found = upsert_chat(db, "wechat", chat, chat)
        return [(m.origin, m.text) for m in messages_of_chat(db, found.id)][HISTORY:]

    # Scan and login
    code = "https://example.org/scan-me"
    await until(lambda: connector.codes or gateway.order("scan", qrcode=code))
    assert connector.codes == [code]
    gateway.login()
    await until(lambda: connector.status().state == "running")

    # A friend's burst gets one merged reply, in pieces, after the word that a twin answers
    assert len(expect("hi 1\nhi 2")) >= 2
    gateway.say("hi 1")
    gateway.say("hi 2")
    await until(lambda: len(received()) == len(told) + 1)
    assert "Sam's AI twin" in received()[0]
    assert received()[1:] == told
    await until(lambda: len(log_of()) == len(told) + 3)
    origins = [origin for origin, _ in log_of()]
    assert origins == ["peer", "peer"] + ["twin"] * (len(told) + 1)

    # The owner takes over: silence
    gateway.say("me now", by=OWNER, to=ANN)
    await until(lambda: ("owner", "me now") in log_of())
    gateway.say("hi 3")
    await until(lambda: _reasons(db)[-1:] == ["paused"])
    assert received()[1:] == told

    # /twin on in the own chat, and the twin answers again
    gateway.say("/twin on Ann", by=OWNER, to=OWNER)
    await until(lambda: received(OWNER) == ["Ann: auto"])
    expect("hi 4")
    gateway.say("hi 4")
    await until(lambda: received()[1:] == told)

    # The gateway is killed and comes back
    gateway.stop()
    await until(lambda: connector.status().state == "failed")
    gateway.start()
    gateway.login()
    await until(lambda: connector.status().state == "running")
    told.clear()
    expect("hi 5")
    gateway.say("hi 5")
    await until(lambda: received() == told)

    # Off means off, and whoever nobody switched on is only logged
    set_mode(db, upsert_chat(db, "wechat", ANN, "Ann").id, "off")
    gateway.say("hi 6")
    gateway.say("hello", by=BOB)
    await until(lambda: upsert_chat(db, "wechat", BOB, BOB).id and _has(db, "hello"))
    assert ("peer", "hi 6") not in log_of()
    app.stop()
    await running
    assert received(BOB) == []


def _reasons(db: Database) -> list[str]:
    return [reason for (reason,) in db.execute("SELECT reason FROM decisions ORDER BY id")]


def _has(db: Database, text: str) -> bool:
    return db.execute("SELECT 1 FROM messages WHERE text = ?", [text]).fetchone() is not None
