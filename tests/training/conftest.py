from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.database import open_database
from storage.messages import NewMessage, log_message
from tests.tiny import tiny_model
from tests.training.report.made_up import Told, made_up
from twin.config.load import load_config
from twin.config.schema import Config

MINUTE = 60_000


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def config(tmp_path: Path, tiny_base: Path) -> Config:
    """Few and small steps on the tiny base."""
    path = tmp_path / "config.toml"
    path.write_text(
        f"""
        owner.name = "Sam"
        model = {{ base = {str(tiny_base)!r}, dtype = "float32", device = "cpu" }}
        train = {{ batch_size = 4, save_steps = 2, min_samples = 4, learning_rate = 0.01 }}
        reply = {{ max_tokens = 8 }}
        judge = {{ prompts = 4, min_stop_share = 0.0, max_extra_repeats = 1.0 }}
        quality = {{ max_alike = 0, max_filler_share = 1.0 }}
        dataset.silence_minutes = 5.0
        """,
        encoding="utf-8",
    )
    return load_config(path)


@pytest.fixture
def db(config: Config) -> Iterator[Database]:
    database = open_database(config.database)
    yield database
    database.conn.close()


@pytest.fixture
def chats(db: Database) -> Database:
    """Two friends, 20 pairs each, in turns; the owner always answers alike."""
    for name in ("Ann", "Ben"):
        chat = upsert_chat(db, "test", name, name)
        offset = 0 if name == "Ann" else 5 * MINUTE
        for number in range(20):
            at = offset + number * 10 * MINUTE
            log_message(db, NewMessage(chat.id, "peer", f"hello {name} {number}", at))
            log_message(db, NewMessage(chat.id, "owner", "see you tomorrow :)", at + 1000))
    return db


@pytest.fixture
def told() -> Told:
    return made_up()
