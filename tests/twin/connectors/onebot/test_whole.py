"""The whole loop through a gateway without QQ, with a tiny adapter that was really trained."""

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
from tests.twin.connectors.onebot.gateway import ANN, BOB, OWNER, FakeGateway
from tests.twin.connectors.running import until
from tests.twin.connectors.wechaty.test_whole import HISTORY, SETTINGS
from training.run import run_training
from twin.app import App
from twin.config.load import load_config
from twin.config.schema import Config
from twin.connectors.onebot.connector import OneBotConnector
from twin.engine.local import LocalEngine
from twin.playground import ModelChat
from twin.replying.supervise import Backoff


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
    chat = upsert_chat(db, "qq", str(ANN), "Ann", mode="auto")
    for number in range(HISTORY // 3):
        at = number * 3_600_000
        log_message(db, NewMessage(chat.id, "peer", f"hi {number}", at, source="import"))
        log_message(db, NewMessage(chat.id, "owner", "ok", at + 1000, source="import"))
        log_message(db, NewMessage(chat.id, "owner", "see you", at + 2000, source="import"))
    yield db
    db.close()


@pytest.mark.slow
async def test_from_the_login_to_the_reply_after_a_kill(
    qq: FakeGateway, config: Config, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With so few answers the gate has nothing to judge by: the owner promotes it.
    promote(db, run_training(config, db, "test", show=False)["adapter"])
    monkeypatch.setattr("twin.app.BACKOFF", Backoff(0.1, 0.2))
    told = list[str]()
    twin = ModelChat(config, live_adapter(db))
    connector = OneBotConnector(db, qq.settings(), config.data)
    app = App(config, db, [connector], LocalEngine(config))
    running = asyncio.create_task(app.run())

    def expect(burst: str) -> list[str]:
        """What Ann has heard from the twin once it has answered this burst too."""
        lines = sendable(twin.reply(burst).text).splitlines()
        told.extend(line.strip() for line in lines if is_visible(line))
        return told

    def received(chat: int = ANN) -> list[str]:
        return [words for place, words in qq.sent if place == chat]

    def log_of(chat: int = ANN) -> list[tuple[Origin, str]]:
        found = upsert_chat(db, "qq", str(chat), str(chat))
        return [(m.origin, m.text) for m in messages_of_chat(db, found.id)][HISTORY:]

    await until(lambda: connector.status().state == "running")

    # A friend's burst gets one merged reply, in pieces, after the word that a twin answers
    assert len(expect("hi 1\nhi 2")) >= 2
    await qq.say("hi 1")
    await qq.say("hi 2")
    await until(lambda: len(received()) == len(told) + 1)
    assert "Sam's AI twin" in received()[0]
    assert received()[1:] == told
    await until(lambda: len(log_of()) == len(told) + 3)
    assert [origin for origin, _ in log_of()] == ["peer"] * 2 + ["twin"] * (len(told) + 1)

    # The owner takes over on the phone: silence
    await qq.say("me now", by=OWNER, to=ANN)
    await until(lambda: ("owner", "me now") in log_of())
    await qq.say("hi 3")
    await until(lambda: _reasons(db)[-1:] == ["paused"])
    assert received()[1:] == told

    # /twin on in the own chat, and the twin answers again
    await qq.say("/twin on Ann", by=OWNER, to=OWNER)
    await until(lambda: received(OWNER) == ["Ann: auto"])
    expect("hi 4")
    await qq.say("hi 4")
    await until(lambda: received()[1:] == told)

    # The gateway is killed, friends go on writing, and it comes back
    await until(lambda: len(log_of()) == len(told) + 6)
    await qq.stop()
    await until(lambda: connector.status().state == "failed")
    qq.write("hi 5")
    qq.write("from my tablet", by=OWNER, to=BOB)
    expect("hi 5")
    await qq.start()
    await until(lambda: received()[1:] == told)
    await until(lambda: ("owner", "from my tablet") in log_of(BOB) or _has(db, "from my tablet"))
    await until(lambda: len(log_of()) == len(told) + 7)
    texts = [text for origin, text in log_of() if origin != "twin"]
    assert texts == ["hi 1", "hi 2", "me now", "hi 3", "hi 4", "hi 5"]
    assert [text for origin, text in log_of() if origin == "twin"] == received()

    # Off means off, and whoever nobody switched on is only logged
    set_mode(db, upsert_chat(db, "qq", str(ANN), "Ann").id, "off")
    await qq.say("hi 6")
    await qq.say("hello", by=BOB)
    await until(lambda: _has(db, "hello"))
    assert ("peer", "hi 6") not in log_of()
    app.stop()
    await running
    assert received(BOB) == []


def _reasons(db: Database) -> list[str]:
    return [reason for (reason,) in db.execute("SELECT reason FROM decisions ORDER BY id")]


def _has(db: Database, text: str) -> bool:
    return db.execute("SELECT 1 FROM messages WHERE text = ?", [text]).fetchone() is not None
