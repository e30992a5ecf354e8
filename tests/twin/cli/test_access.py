"""`bot.py keys`."""

import json
from pathlib import Path
from typing import Any

import pytest

import bot
from storage.database import open_database
from storage.keys import key_of
from twin.config.load import load_config


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text("", encoding="utf-8")
    return path


def keys(config: Path, capsys: pytest.CaptureFixture[str], *given: str) -> Any:
    assert bot.main(["keys", *given, "--config", str(config), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_key_is_shown_once_listed_and_revoked(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = keys(config, capsys, "create", "bot", "--scope", "manage")["key"]
    db = open_database(load_config(config).database)
    assert key_of(db, secret, 1) is not None
    [listed] = keys(config, capsys, "list")
    assert (listed["name"], listed["scope"], listed["last_used_at"]) == ("bot", "manage", 1)
    assert secret.startswith(listed["prefix"])
    assert secret not in json.dumps(listed)
    keys(config, capsys, "revoke", "bot")
    assert key_of(db, secret, 2) is None
    db.close()


def test_without_scope_a_key_may_only_chat(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keys(config, capsys, "create", "bot")["scope"] == "chat"


def test_a_wrong_scope_is_one_line(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bot.main(["keys", "create", "bot", "--scope", "all", "--config", str(config)]) == 2
    error = capsys.readouterr().err
    assert "use one of chat, manage" in error
    assert error.count("\n") == 1
