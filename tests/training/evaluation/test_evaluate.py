import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.adapters import Adapter, find_adapter, live_adapter
from storage.chats import upsert_chat
from storage.database import open_database
from storage.errors import InputError
from storage.messages import NewMessage, log_message
from tests.training.tiny_twin import quick_config, two_friends
from training.dataset.build import build
from training.evaluation.evaluate import evaluate_adapter, evaluate_models
from training.evaluation.judging import Judging
from training.progress_bar import Progress
from training.run import run_training
from twin.config.schema import Config

pytestmark = pytest.mark.slow

DAY = 86_400_000


@pytest.fixture(scope="module")
def once_trained(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Config:
    """What the tests copy: a twin with an adapter."""
    config = quick_config(tmp_path_factory.mktemp("trained"), tiny_base)
    db = open_database(config.database)
    two_friends(db)
    run_training(config, db, "test", show=False)
    db.conn.close()
    return config


@pytest.fixture
def chats(config: Config, once_trained: Config) -> Iterator[Database]:
    shutil.copytree(once_trained.data, config.data, dirs_exist_ok=True)
    db = open_database(config.database)
    yield db
    db.conn.close()


@pytest.fixture
def trained(chats: Database) -> Adapter:
    adapter = live_adapter(chats)
    assert adapter is not None
    return adapter


def test_what_is_judged_is_what_was_trained(
    chats: Database, config: Config, trained: Adapter
) -> None:
    scores = evaluate_adapter(config, chats, show=False)
    assert scores["adapter"] == trained.name
    assert set(scores["scores"]) == {"base", "candidate", "person"}
    assert scores["scores"]["candidate"]["loss"] < scores["scores"]["base"]["loss"]
    assert scores["against"]["base"]["high"] < 0
    assert scores["verdict"]["promoted"]
    assert set(scores["ceiling"]) == set(scores["floor"]) >= {"detector", "authorship"}
    # The owner always answers alike, so their answers all quote each other: too short to count.
    assert scores["scores"]["person"]["copy_share"] == 0
    assert scores["answers_at_all"] is None  # everything is answered here
    assert [each["answers"]["person"] for each in scores["examples"]] == ["see you tomorrow :)"] * 4
    # They have no other answers to choose among.
    assert scores["scores"]["candidate"]["real_of_four"] is None


def test_the_same_adapter_again_is_not_better_than_itself(
    chats: Database, config: Config, trained: Adapter
) -> None:
    again = run_training(config, chats, "test", show=False)
    assert again["live_loss"] == again["loss"]
    assert not again["verdict"]["promoted"]
    assert "not better than the live" in again["verdict"]["reasons"][0]
    assert find_adapter(chats, again["adapter"]).status == "rejected"
    assert live_adapter(chats) == trained


def test_answers_that_the_live_adapter_has_learnt_do_not_count_for_it(
    chats: Database, config: Config, trained: Adapter
) -> None:
    knows_all = replace(trained, trained_until=10**15)
    copy = replace(trained, path=f"{trained.path}-copy")
    shutil.copytree(config.path_of(trained.path), config.path_of(copy.path))
    evaluation = evaluate_models(
        chats,
        config,
        build(chats, config),
        config.path_of(copy.path),
        knows_all,
        0,
        Judging(Progress(show=False), 1.0),
    )
    assert set(evaluation.against) == {"base"}


def test_a_live_adapter_that_does_not_load_is_left_out(
    chats: Database, config: Config, trained: Adapter
) -> None:
    (config.path_of(trained.path) / "adapter_model.safetensors").write_bytes(b"torn")
    result = run_training(config, chats, "test", show=False)
    assert set(result["against"]) == {"base"}
    assert result["verdict"]["promoted"]


def test_messages_of_somebody_else_are_strange_and_of_the_owner_are_not(
    chats: Database, config: Config, trained: Adapter
) -> None:
    ann = upsert_chat(chats, "test", "Ann", "Ann").id
    for number in range(30):
        at = DAY + number * 600_000
        log_message(chats, NewMessage(ann, "peer", f"hello {number}", at))
        log_message(chats, NewMessage(ann, "owner", "see you tomorrow :)", at + 1000))
    usual = run_training(config, chats, "test", show=False)
    assert usual["strangeness"] < 0.1
    for number in range(60):
        at = 2 * DAY + number * 600_000
        log_message(chats, NewMessage(ann, "peer", f"hello {number}", at))
        log_message(chats, NewMessage(ann, "owner", f"QX{number}#ZK%{number}@VV", at + 1000))
    strange = run_training(config, chats, "test", show=False)
    assert strange["strangeness"] > 0.9
    assert any("do not look like yours" in why for why in strange["verdict"]["reasons"])


def test_nothing_to_score_is_told(db: Database, config: Config) -> None:
    two_friends(db)
    with pytest.raises(InputError, match="no adapter is live"):
        evaluate_adapter(config, db, show=False)
    with pytest.raises(InputError, match="no such adapter"):
        evaluate_adapter(config, db, "none", show=False)
