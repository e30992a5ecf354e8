"""A data folder, and what stands in for the process that reads."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.database import open_database
from tests.twin.fakes import config_in
from tests.twin.media.fake_reader import FakeProcess
from twin.config.schema import Config


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return config_in(tmp_path)


@pytest.fixture
def db(config: Config) -> Iterator[Database]:
    database = open_database(config.database)
    yield database
    database.conn.close()


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeProcess:
    fake = FakeProcess(tmp_path / "begun")
    fake.install(monkeypatch)
    return fake
