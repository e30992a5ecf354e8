"""The whole loop through a real gateway, with a tiny adapter that was really trained."""

import asyncio
from pathlib import Path

import pytest

from storage.chats import set_mode, upsert_chat
from tests.twin.connectors.conftest import Made
from tests.twin.connectors.running import until
from tests.twin.connectors.trained_twin import (
    Expected,
    TrainedTwin,
    decided,
    is_logged,
    log_since_training,
)
from tests.twin.connectors.wechaty.gateway import ANN, BOB, OWNER, Gateway
from twin.app import App
from twin.engine.local import LocalEngine
from twin.replying.supervise import Backoff


async def test_from_the_scan_to_the_reply_after_a_kill(
    own_gateway: Gateway,
    trained_twin: TrainedTwin,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("twin.app.BACKOFF", Backoff(0.2, 0.5))
    gateway = own_gateway

    def received(chat: str = ANN) -> list[str]:
        return [m["text"] for m in gateway.order("state")["sent"] if m["to"] == chat]

    with trained_twin.copy(tmp_path / "twin", "wechat", ANN) as (config, db):
        connector = Made(db, gateway.settings(), config.data)
        app = App(config, db, [connector], LocalEngine(config))
        running = asyncio.create_task(app.run())
        expected = Expected(config, db)

        # Scan and login
        code = "https://example.org/scan-me"
        await until(lambda: connector.codes or gateway.order("scan", qrcode=code))
        assert connector.codes == [code]
        gateway.login()
        await until(lambda: connector.status().state == "running")

        # A friend's burst gets one merged reply, in pieces, after the word that a twin answers
        told = expected.add("hi 1\nhi 2")
        assert len(told) >= 2
        gateway.say("hi 1")
        gateway.say("hi 2")
        await until(lambda: len(received()) == len(told) + 1)
        assert "Sam's AI twin" in received()[0]
        assert received()[1:] == told
        await until(lambda: len(log_since_training(db)) == len(told) + 3)
        origins = [origin for origin, _ in log_since_training(db)]
        assert origins == ["peer", "peer"] + ["twin"] * (len(told) + 1)

        # The owner takes over: silence
        gateway.say("me now", by=OWNER, to=ANN)
        await until(lambda: ("owner", "me now") in log_since_training(db))
        gateway.say("hi 3")
        await until(lambda: decided(db)[-1:] == ["paused"])
        assert received()[1:] == told

        # /twin on in the own chat, and the twin answers again
        gateway.say("/twin on Ann", by=OWNER, to=OWNER)
        await until(lambda: received(OWNER) == ["Ann: auto"])
        expected.add("hi 4")
        gateway.say("hi 4")
        await until(lambda: received()[1:] == told)

        # The gateway is killed and comes back
        gateway.stop()
        await until(lambda: connector.status().state == "failed")
        gateway.start()
        gateway.login()
        await until(lambda: connector.status().state == "running")
        told.clear()
        expected.add("hi 5")
        gateway.say("hi 5")
        await until(lambda: received() == told)

        # Off means off, and whoever nobody switched on is only logged
        set_mode(db, upsert_chat(db, "wechat", ANN, "Ann").id, "off")
        gateway.say("hi 6")
        gateway.say("hello", by=BOB)
        await until(lambda: upsert_chat(db, "wechat", BOB, BOB).id and is_logged(db, "hello"))
        assert ("peer", "hi 6") not in log_since_training(db)
        app.stop()
        await running
        assert received(BOB) == []
