"""A database and its settings, and what stands in for the sentence model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.database import open_database
from tests.twin.fakes import config_in
from tests.twin.memory.fake_model import FakeModel
from twin.config.schema import Config, MemorySettings


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return config_in(tmp_path).model_copy(update={"memory": MemorySettings(enabled=True)})


@pytest.fixture
def db(config: Config) -> Iterator[Database]:
    database = open_database(config.database)
    yield database
    database.conn.close()


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> FakeModel:
    fake = FakeModel()
    fake.install(monkeypatch)
    return fake
