"""A friend's voice through a real Matrix server is fetched, read and answered."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.reasons import BurstReason
from tests.twin.connectors.matrix.synapse import Synapse
from tests.twin.connectors.matrix.world import World
from tests.twin.connectors.running import LIMIT_S, until
from tests.twin.fakes import FakeEngine
from tests.twin.media.fake_reader import FakeProcess
from twin.app import App
from twin.config.load import FullConfig
from twin.config.media_section import MediaSettings
from twin.config.schema import PolicySettings, ReplySettings
from twin.connectors.matrix.account import save_account
from twin.connectors.matrix.connector import MatrixConnector
from twin.connectors.matrix.settings import Settings

pytestmark = pytest.mark.gateway
WAIT_S = 1.0


@dataclass
class Stage:
    world: World
    db: Database
    engine: FakeEngine

    async def sends_voice(self, words: str, **more: str) -> None:
        """`words`: what the process in place of the reader finds in the file, or does over it."""
        address = await asyncio.to_thread(self.world.upload, self.world.ann, words.encode())
        content = {"msgtype": "m.audio", "body": "voice.ogg", "url": address} | more
        voice: dict[str, object] = {**content, "org.matrix.msc3245.voice": {}}
        await asyncio.to_thread(self.world.tell, self.world.ann, voice)

    async def shows(self, count: int) -> list[str]:
        """What Ann is shown of the owner's account once there are so many."""
        async with asyncio.timeout(LIMIT_S):
            while len(found := await asyncio.to_thread(self.world.shown)) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return found

    async def decides(self, number: int) -> str:
        await until(lambda: self._decisions() >= number)
        row = self.db.execute("SELECT reason FROM decisions ORDER BY id DESC LIMIT 1").fetchone()
        return str(row[0])

    def _decisions(self) -> int:
        return int(self.db.execute("SELECT COUNT(*) FROM decisions").fetchone()[0])

    @property
    def read(self) -> list[tuple[str, str | None]]:
        """Each text, and why there is none."""
        return self.db.execute(
            "SELECT text, failure FROM media_texts ORDER BY message_id"
        ).fetchall()


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeProcess:
    fake = FakeProcess(tmp_path / "begun")
    fake.install(monkeypatch)
    return fake


@pytest.fixture
def without_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.media.reader.missing_packages", lambda part: ["faster-whisper"])


@pytest.fixture
async def stage(
    synapse: Synapse, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    monkeypatch.setattr("twin.media.reader.has_model", lambda config: True)
    world = await asyncio.to_thread(World, synapse)
    save_account(tmp_path, world.account)
    upsert_chat(db, "matrix", world.chat, "Ann", mode="auto")
    config = FullConfig(
        path=tmp_path / "config.toml",
        data=tmp_path,
        reply=ReplySettings(quiet_seconds=0.1, cap_seconds=0.5, disclose="never"),
        policy=PolicySettings(quiet_hours=""),
        media=MediaSettings(wait_seconds=WAIT_S),
    )
    engine, connector = FakeEngine(), MatrixConnector(db, Settings(enabled=True), tmp_path)
    app = App(config, db, [connector], engine)
    running = asyncio.create_task(app.run())
    await until(lambda: connector.status().state == "running")
    yield Stage(world, db, engine)
    app.stop()
    await running


async def test_a_voice_is_fetched_read_and_answered(process: FakeProcess, stage: Stage) -> None:
    await stage.sends_voice("are you coming tonight?")
    assert await stage.shows(1) == ["ok"]
    # The reader is killed once, and started again
    await stage.sends_voice("die once")
    assert await stage.shows(2) == ["ok", "ok"]
    assert stage.engine.bursts == ["[voice] are you coming tonight?", "[voice] die once"]
    assert stage.read == [("are you coming tonight?", None), ("die once", None)]
    # It dies whenever it meets the file: the owner has to listen
    await stage.sends_voice("die")
    assert await stage.decides(3) == BurstReason.UNREAD.of("voice")
    assert stage.read[2:] == [("", "crashed")]
    # It is too slow: so does the owner
    await stage.sends_voice("hang")
    assert await stage.decides(4) == BurstReason.UNREAD.of("voice")
    assert len(stage.read) == 3
    assert await stage.shows(2) == ["ok", "ok"]


async def test_where_nothing_reads_voices_they_are_left_to_the_owner(
    without_packages: None, stage: Stage
) -> None:
    await stage.sends_voice("are you coming tonight?")
    assert await stage.decides(1) == BurstReason.UNREAD_ALONE.of("voice")
    assert stage.read == []
    await asyncio.to_thread(stage.world.say, "did you hear it?")
    assert await stage.shows(1) == ["ok"]
