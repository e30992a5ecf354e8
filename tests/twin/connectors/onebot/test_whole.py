"""The whole loop through a gateway without QQ, with a tiny adapter that was really trained."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import set_mode, upsert_chat
from tests.twin.connectors.onebot.gateway import ANN, BOB, OWNER, FakeGateway
from tests.twin.connectors.running import until
from tests.twin.connectors.trained_twin import (
    Expected,
    TrainedTwin,
    decided,
    is_logged,
    log_since_training,
)
from twin.app import App
from twin.config.schema import Config
from twin.connectors.onebot.connector import OneBotConnector
from twin.engine.local import LocalEngine
from twin.replying.supervise import Backoff


@pytest.fixture
def twin(trained_twin: TrainedTwin, tmp_path: Path) -> Iterator[tuple[Config, Database]]:
    with trained_twin.copy(tmp_path / "twin", "qq", str(ANN)) as made:
        yield made


@pytest.mark.slow
async def test_from_the_login_to_the_reply_after_a_kill(
    qq: FakeGateway, twin: tuple[Config, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    config, db = twin
    monkeypatch.setattr("twin.app.BACKOFF", Backoff(0.1, 0.2))
    expected = Expected(config, db)
    told = expected.told
    connector = OneBotConnector(db, qq.settings(), config.data)
    app = App(config, db, [connector], LocalEngine(config))
    running = asyncio.create_task(app.run())

    def received(chat: int = ANN) -> list[str]:
        return [words for place, words in qq.sent if place == chat]

    await until(lambda: connector.status().state == "running")

    # A friend's burst gets one merged reply, in pieces, after the word that a twin answers
    assert len(expected.add("hi 1\nhi 2")) >= 2
    await qq.say("hi 1")
    await qq.say("hi 2")
    await until(lambda: len(received()) == len(told) + 1)
    assert "Sam's AI twin" in received()[0]
    assert received()[1:] == told
    await until(lambda: len(log_since_training(db)) == len(told) + 3)
    origins = [origin for origin, _ in log_since_training(db)]
    assert origins == ["peer"] * 2 + ["twin"] * (len(told) + 1)

    # The owner takes over on the phone: silence
    await qq.say("me now", by=OWNER, to=ANN)
    await until(lambda: ("owner", "me now") in log_since_training(db))
    await qq.say("hi 3")
    await until(lambda: decided(db)[-1:] == ["paused"])
    assert received()[1:] == told

    # /twin on in the own chat, and the twin answers again
    await qq.say("/twin on Ann", by=OWNER, to=OWNER)
    await until(lambda: received(OWNER) == ["Ann: auto"])
    expected.add("hi 4")
    await qq.say("hi 4")
    await until(lambda: received()[1:] == told)

    # The gateway is killed, friends go on writing, and it comes back
    await until(lambda: len(log_since_training(db)) == len(told) + 6)
    await qq.stop()
    await until(lambda: connector.status().state == "failed")
    qq.write("hi 5")
    qq.write("from my tablet", by=OWNER, to=BOB)
    expected.add("hi 5")
    await qq.start()
    await until(lambda: received()[1:] == told)
    await until(lambda: is_logged(db, "from my tablet"))
    await until(lambda: len(log_since_training(db)) == len(told) + 7)
    texts = [text for origin, text in log_since_training(db) if origin != "twin"]
    assert texts == ["hi 1", "hi 2", "me now", "hi 3", "hi 4", "hi 5"]
    assert [text for origin, text in log_since_training(db) if origin == "twin"] == received()

    # Off means off, and whoever nobody switched on is only logged
    set_mode(db, upsert_chat(db, "qq", str(ANN), "Ann").id, "off")
    await qq.say("hi 6")
    await qq.say("hello", by=BOB)
    await until(lambda: is_logged(db, "hello"))
    assert ("peer", "hi 6") not in log_since_training(db)
    app.stop()
    await running
    assert received(BOB) == []
