"""The whole loop through a real Matrix server, with a tiny adapter that was really trained."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL

import pytest
from sqlite_utils import Database

from tests.twin.connectors.matrix.synapse import Synapse, missing
from tests.twin.connectors.matrix.world import World
from tests.twin.connectors.running import LIMIT_S, until
from tests.twin.connectors.trained_twin import (
    Expected,
    TrainedTwin,
    decided,
    log_since_training,
)
from twin.app import App
from twin.connectors.matrix.account import save_account
from twin.connectors.matrix.connector import MatrixConnector
from twin.connectors.matrix.settings import Settings
from twin.engine.local import LocalEngine
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


async def shown(world: World, count: int, room: str = "") -> list[str]:
    """What is shown of the owner's account once there are so many."""
    async with asyncio.timeout(LIMIT_S):
        while len(found := await asyncio.to_thread(world.shown, room)) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return found


@pytest.mark.gateway
@pytest.mark.slow
async def test_from_the_login_to_the_reply_after_a_kill(
    server: Synapse, trained_twin: TrainedTwin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.app.BACKOFF", Backoff(0.2, 0.5))
    world = World(server)
    notes = world.room(world.phone, name="Notes")
    with trained_twin.copy(tmp_path / "twin", "matrix", world.chat) as (config, db):
        save_account(config.data, world.account)
        connector = MatrixConnector(db, Settings(enabled=True), config.data)
        app = App(config, db, [connector], LocalEngine(config))
        running = asyncio.create_task(app.run())
        expected = Expected(config, db)
        await until(lambda: connector.status().state == "running")

        # A friend's burst gets one merged reply, in pieces, after the word that a twin answers
        told = expected.add("hi 1\nhi 2")
        assert len(told) >= 2
        world.say("hi 1")
        world.say("hi 2")
        notice, *pieces = await shown(world, len(told) + 1)
        assert "Sam's AI twin" in notice
        assert pieces == told
        await until(lambda: len(log_since_training(db)) == len(told) + 3)
        origins = [origin for origin, _ in log_since_training(db)]
        assert origins == ["peer", "peer"] + ["twin"] * (len(told) + 1)

        # The owner takes over on the phone: silence
        world.say("me now", world.phone)
        told.append("me now")
        await until(lambda: ("owner", "me now") in log_since_training(db))
        world.say("hi 3")
        await until(lambda: decided(db)[-1:] == ["paused"])
        assert (await shown(world, 1))[1:] == told

        # /twin on in the room with oneself, and the twin answers again
        world.say("/twin on Ann", world.phone, notes)
        assert await shown(world, 2, notes) == ["/twin on Ann", "Ann: auto"]
        expected.add("hi 4")
        world.say("hi 4")
        assert (await shown(world, len(told) + 1))[1:] == told

        # The server is killed and comes back; what was written meanwhile is answered
        server.stop(SIGKILL)
        await until(lambda: connector.status().state == "failed")
        await asyncio.to_thread(server.start)
        expected.add("hi 5")
        world.say("hi 5")
        assert (await shown(world, len(told) + 1))[1:] == told

        # Nothing is lost, nothing is there twice, and the log agrees with what Ann was shown
        await until(lambda: len(log_since_training(db)) == len(told) + 6)
        app.stop()
        await running
        _agrees(db, [notice, *told])


def _agrees(db: Database, told: list[str]) -> None:
    logged = log_since_training(db)
    assert [text for origin, text in logged if origin != "peer"] == told
    assert [text for origin, text in logged if origin == "peer"] == [f"hi {n}" for n in range(1, 6)]
