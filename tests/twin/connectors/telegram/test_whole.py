"""The whole loop through a Bot API server, with a tiny adapter that was really trained."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from tests.twin.connectors.running import until
from tests.twin.connectors.telegram.bot_api import BotApi, Told
from tests.twin.connectors.telegram.platform import connector_of
from tests.twin.connectors.trained_twin import (
    Expected,
    TrainedTwin,
    decided,
    log_since_training,
)
from twin.app import App
from twin.config.schema import Config
from twin.engine.local import LocalEngine
from twin.replying.supervise import Backoff


@pytest.fixture
def twin(trained_twin: TrainedTwin, tmp_path: Path) -> Iterator[tuple[Config, Database]]:
    with trained_twin.copy(tmp_path / "twin", "telegram", "200") as made:
        yield made


@pytest.mark.slow
async def test_from_the_connection_to_the_reply_after_a_kill(
    api: BotApi, twin: tuple[Config, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    config, db = twin
    monkeypatch.setattr("twin.app.BACKOFF", Backoff(0.2, 0.5))
    expected = Expected(config, db)
    told = expected.told
    connector = connector_of(api, db, config.data)
    app = App(config, db, [connector], LocalEngine(config))
    running = asyncio.create_task(app.run())

    def notices() -> list[str]:
        return [notice["text"] for notice in api.notices()]

    # The owner adds the bot to their account
    await until(lambda: "not connected" in str(connector.status().last_error))
    api.connect()
    await until(lambda: connector.status().state == "running")

    # A friend's burst gets one merged reply, in pieces, after the word that a twin answers
    assert len(expected.add("hi 1\nhi 2")) >= 2
    api.friend_says("hi 1")
    api.friend_says("hi 2")
    await until(lambda: len(api.said()) == len(told) + 1)
    assert "Sam's AI twin" in api.said()[0]
    assert api.said()[1:] == told
    await until(lambda: len(log_since_training(db)) == len(told) + 3)
    origins = [origin for origin, _ in log_since_training(db)]
    assert origins == ["peer", "peer"] + ["twin"] * (len(told) + 1)
    assert api.count("readBusinessMessage") == 1
    assert api.count("sendChatAction") >= 1

    # The owner takes over on the phone: silence. From here on Telegram repeats what the bot sends
    api.echoes = True
    api.owner_types("me now")
    await until(lambda: ("owner", "me now") in log_since_training(db))
    api.friend_says("hi 3")
    await until(lambda: decided(db)[-1:] == ["paused"])
    assert api.said()[1:] == told

    # /twin on in the bot's chat, and the twin answers again
    api.says_to_bot("/twin on Ann")
    await until(lambda: notices() == ["Ann: auto"])
    expected.add("hi 4")
    api.friend_says("hi 4")
    await until(lambda: api.said()[1:] == told)

    # The server is killed and comes back; what was written meanwhile is answered
    await api.stop()
    await until(lambda: connector.status().state == "failed")
    api.friend_says("hi 5")
    expected.add("hi 5")
    await api.start()
    await until(lambda: api.said()[1:] == told)

    # A draft is sent at the press of a button
    api.says_to_bot("/twin draft Ann")
    await until(lambda: notices()[-1] == "Ann: draft")
    expected.add("hi 6")
    api.friend_says("hi 6")
    await until(lambda: "reply_markup" in api.notices()[-1])
    draft: Told = api.notices()[-1]
    assert api.said()[1:] != told
    api.press(draft, draft["reply_markup"]["inline_keyboard"][0][0]["callback_data"])
    await until(lambda: api.said()[1:] == told and "reply_markup" not in draft)
    await until(lambda: len(log_since_training(db)) == len(told) + 8)
    app.stop()
    await running

    # Nothing is lost, nothing is there twice, and the log agrees with what Ann was shown
    assert [text for origin, text in log_since_training(db) if origin == "twin"][1:] == told
    assert [text for origin, text in log_since_training(db) if origin == "peer"] == [
        f"hi {n}" for n in range(1, 7)
    ]
