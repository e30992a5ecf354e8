"""The demo's own settings, and what it does not do twice."""

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from sqlite_utils import Database

from storage.adapters import promote, reject
from storage.chats import upsert_chat
from storage.database import open_database
from storage.invites import open_invites
from tests.registry import enter_adapter
from training.demo.prepare import SETTINGS, must_train, prepare_demo
from twin.config.load import load_config


def test_whoever_tries_the_demo_at_night_gets_an_answer_too(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    assert load_config(path).policy.quiet_hours == ""


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    db = open_database(tmp_path / "twin.db")
    upsert_chat(db, "import", "ann", "Ann")
    prepare_demo(Console(quiet=True), tmp_path)
    [invite] = open_invites(db)
    prepare_demo(Console(quiet=True), tmp_path)
    assert open_invites(db) == [invite]
    assert not (tmp_path / "exports").exists()


@pytest.mark.parametrize("settle", [promote, reject])
def test_what_was_judged_is_not_trained_again(
    db: Database, settle: Callable[[Database, str], object]
) -> None:
    assert must_train(db)
    enter_adapter(db, "first")
    assert must_train(db)  # a run that was stopped before the verdict goes on
    settle(db, "first")
    assert not must_train(db)
