"""The demo's own settings, and what it does not do twice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlite_utils import Database

from storage.adapters import live_adapter, promote, reject
from storage.chats import upsert_chat
from storage.database import open_database
from tests.registry import enter_adapter
from training import demo
from twin.config.load import load_config
from twin.config.schema import Config


def test_whoever_tries_the_demo_at_night_gets_an_answer_too(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(demo.SETTINGS, encoding="utf-8")
    assert load_config(path).policy.quiet_hours == ""


@pytest.mark.parametrize("settle", [promote, reject])
def test_what_was_judged_is_not_trained_again(
    settle: Callable[[Database, str], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = open_database(tmp_path / "twin.db")
    upsert_chat(db, "import", "ann", "Ann")
    enter_adapter(db, "first")
    settle(db, "first")
    monkeypatch.setattr(demo, "_train", lambda config: pytest.fail("trained again"))
    demo.prepare_demo(Console(quiet=True), tmp_path)
    assert (live_adapter(db) is not None) == (settle is promote)


def test_an_adapter_that_was_not_judged_yet_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = open_database(tmp_path / "twin.db")
    upsert_chat(db, "import", "ann", "Ann")
    enter_adapter(db, "first")
    ran = []

    def train(config: Config) -> dict[str, Any]:
        ran.append(config)
        return {"examples": [], "summary": ""}

    monkeypatch.setattr(demo, "_train", train)
    demo.prepare_demo(Console(quiet=True), tmp_path)
    assert len(ran) == 1
