"""A twin that was really trained, once for all tests: training takes longer than all else here.

What is heavy is imported by whoever needs it: each test of a connector loads this file.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock
from sqlite_utils import Database

from storage.adapters import live_adapter, promote
from storage.chats import upsert_chat
from storage.database import open_database
from storage.messages import NewMessage, Origin, log_message, messages_of_chat
from storage.plain_text import is_visible, sendable
from twin.config.load import load_config
from twin.config.schema import Config

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


@dataclass(frozen=True)
class TrainedTwin:
    """Its settings, its database with Ann's chat, and the adapter that is live."""

    folder: Path

    @contextmanager
    def copy(self, to: Path, platform: str, chat: str) -> Iterator[tuple[Config, Database]]:
        """A twin of that folder's own, where Ann writes in that chat of the platform."""
        shutil.copytree(self.folder, to, dirs_exist_ok=True)
        config = load_config(to / "config.toml")
        with closing(open_database(config.database)) as db:
            db.execute("UPDATE chats SET platform = ?, external_id = ?", [platform, chat])
            yield config, db


class Expected:
    """What Ann hears: the messages that the model makes of each burst."""

    def __init__(self, config: Config, db: Database) -> None:
        from twin.playground import ModelChat

        # The model lasts longer than a gateway's mock: it must not be loaded at every reply.
        self._model = ModelChat(config, live_adapter(db))
        self.told: list[str] = []

    def add(self, burst: str) -> list[str]:
        """With the answer to this burst too."""
        lines = sendable(self._model.reply(burst).text).splitlines()
        self.told.extend(line.strip() for line in lines if is_visible(line))
        return self.told


def log_since_training(db: Database) -> list[tuple[Origin, str]]:
    """What was logged in Ann's chat since."""
    chat_id = db.execute("SELECT MIN(id) FROM chats").fetchone()[0]
    return [(m.origin, m.text) for m in messages_of_chat(db, chat_id)][HISTORY:]


def is_logged(db: Database, text: str) -> bool:
    """In whatever chat."""
    return db.execute("SELECT 1 FROM messages WHERE text = ?", [text]).fetchone() is not None


def decided(db: Database) -> list[str]:
    """The reasons of all decisions, oldest first."""
    return [reason for (reason,) in db.execute("SELECT reason FROM decisions ORDER BY id")]


@pytest.fixture(scope="session")
def trained_twin(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> TrainedTwin:
    """Of all the processes that run tests, the first trains and the others wait."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    folder = shared / "trained twin"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            _train(folder)
    return TrainedTwin(folder)


def _train(folder: Path) -> None:
    """On a history in which the owner always answers the same two lines."""
    from tests.tiny import tiny_model
    from training.run import run_training

    making = folder.with_name("twin in training")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    base = str(tiny_model(folder.with_name("tiny base"), spread=0.3))
    (making / "config.toml").write_text(SETTINGS.format(base=base), encoding="utf-8")
    config = load_config(making / "config.toml")
    with closing(open_database(config.database)) as db:
        chat = upsert_chat(db, "import", "ann", "Ann", mode="auto")
        for number in range(HISTORY // 3):
            at = number * 3_600_000
            log_message(db, NewMessage(chat.id, "peer", f"hi {number}", at, source="import"))
            log_message(db, NewMessage(chat.id, "owner", "ok", at + 1000, source="import"))
            log_message(db, NewMessage(chat.id, "owner", "see you", at + 2000, source="import"))
        # With so few answers the gate has nothing to judge by: the owner promotes it.
        promote(db, run_training(config, db, "test", show=False)["adapter"])
    making.rename(folder)
