"""The whole loop through a Bot API server, with a tiny adapter that was really trained."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.adapters import live_adapter, promote
from storage.chats import upsert_chat
from storage.consent import record_consent
from storage.database import now_ms, open_database
from storage.messages import NewMessage, Origin, log_message, messages_of_chat
from storage.plain_text import is_visible, sendable
from tests.tiny import tiny_model
from tests.twin.connectors.running import until
from tests.twin.connectors.telegram.bot_api import BotApi, Told
from tests.twin.connectors.telegram.platform import connector_of
from tests.twin.connectors.wechaty.test_whole import HISTORY, SETTINGS
from training.run import run_training
from twin.app import App
from twin.config.load import load_config
from twin.config.schema import Config
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
    chat = upsert_chat(db, "telegram", "200", "Ann", mode="auto")
    record_consent(db, chat.id, "Ann", now_ms())
    for number in range(HISTORY // 3):
        at = number * 3_600_000
        log_message(db, NewMessage(chat.id, "peer", f"hi {number}", at, source="import"))
        log_message(db, NewMessage(chat.id, "owner", "ok", at + 1000, source="import"))
        log_message(db, NewMessage(chat.id, "owner", "see you", at + 2000, source="import"))
    yield db
    db.close()


@pytest.mark.slow
async def test_from_the_connection_to_the_reply_after_a_kill(
    api: BotApi, config: Config, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With so few answers the gate has nothing to judge by: the owner promotes it.
    promote(db, run_training(config, db, "test", show=False)["adapter"])
    monkeypatch.setattr("twin.app.BACKOFF", Backoff(0.2, 0.5))
    twin, told = ModelChat(config, live_adapter(db)), list[str]()
    connector = connector_of(api, db, config.data)
    app = App(config, db, [connector], LocalEngine(config))
    running = asyncio.create_task(app.run())

    def expect(burst: str) -> list[str]:
        """What Ann has heard from the twin once it has answered this burst too."""
        lines = sendable(twin.reply(burst).text).splitlines()
        told.extend(line.strip() for line in lines if is_visible(line))
        return told

    def log_of_ann() -> list[tuple[Origin, str]]:
        found = upsert_chat(db, "telegram", "200", "Ann")
        return [(m.origin, m.text) for m in messages_of_chat(db, found.id)][HISTORY:]

    def notices() -> list[str]:
        return [notice["text"] for notice in api.notices()]

    # The owner adds the bot to their account
    await until(lambda: "not connected" in str(connector.status().last_error))
    api.connect()
    await until(lambda: connector.status().state == "running")

    # A friend's burst gets one merged reply, in pieces, after the word that a twin answers
    assert len(expect("hi 1\nhi 2")) >= 2
    api.friend_says("hi 1")
    api.friend_says("hi 2")
    await until(lambda: len(api.said()) == len(told) + 1)
    assert "Sam's AI twin" in api.said()[0]
    assert api.said()[1:] == told
    await until(lambda: len(log_of_ann()) == len(told) + 3)
    origins = [origin for origin, _ in log_of_ann()]
    assert origins == ["peer", "peer"] + ["twin"] * (len(told) + 1)
    assert api.count("readBusinessMessage") == 1
    assert api.count("sendChatAction") >= 1

    # The owner takes over on the phone: silence. From here on Telegram repeats what the bot sends
    api.echoes = True
    api.owner_types("me now")
    await until(lambda: ("owner", "me now") in log_of_ann())
    api.friend_says("hi 3")
    await until(lambda: _reasons(db)[-1:] == ["paused"])
    assert api.said()[1:] == told

    # /twin on in the bot's chat, and the twin answers again
    api.says_to_bot("/twin on Ann")
    await until(lambda: notices() == ["Ann: auto"])
    expect("hi 4")
    api.friend_says("hi 4")
    await until(lambda: api.said()[1:] == told)

    # The server is killed and comes back; what was written meanwhile is answered
    await api.stop()
    await until(lambda: connector.status().state == "failed")
    api.friend_says("hi 5")
    expect("hi 5")
    await api.start()
    await until(lambda: api.said()[1:] == told)

    # A draft is sent at the press of a button
    api.says_to_bot("/twin draft Ann")
    await until(lambda: notices()[-1] == "Ann: draft")
    expect("hi 6")
    api.friend_says("hi 6")
    await until(lambda: "reply_markup" in api.notices()[-1])
    draft: Told = api.notices()[-1]
    assert api.said()[1:] != told
    api.press(draft, draft["reply_markup"]["inline_keyboard"][0][0]["callback_data"])
    await until(lambda: api.said()[1:] == told and "reply_markup" not in draft)
    await until(lambda: len(log_of_ann()) == len(told) + 8)
    app.stop()
    await running

    # Nothing is lost, nothing is there twice, and the log agrees with what Ann was shown
    assert [text for origin, text in log_of_ann() if origin == "twin"][1:] == told
    assert [text for origin, text in log_of_ann() if origin == "peer"] == [
        f"hi {n}" for n in range(1, 7)
    ]


def _reasons(db: Database) -> list[str]:
    return [reason for (reason,) in db.execute("SELECT reason FROM decisions ORDER BY id")]
