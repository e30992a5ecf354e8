from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.database import open_database
from tests.tiny import tiny_model
from tests.training.report.made_up import Told, made_up
from tests.training.tiny_twin import quick_config, two_friends
from twin.config.schema import Config


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def config(tmp_path: Path, tiny_base: Path) -> Config:
    """Few and small steps on the tiny base."""
    return quick_config(tmp_path, tiny_base)


@pytest.fixture
def db(config: Config) -> Iterator[Database]:
    database = open_database(config.database)
    yield database
    database.conn.close()


@pytest.fixture
def chats(db: Database) -> Database:
    """Two friends, 20 pairs each, in turns; the owner always answers alike."""
    two_friends(db)
    return db


@pytest.fixture
def told() -> Told:
    return made_up()
