"""`bot.py blind`."""

import json
from pathlib import Path

import pytest

import bot
from storage.blind_test import record_choice
from storage.chats import upsert_chat
from storage.database import open_database
from tests.registry import enter_adapter
from twin.config.load import load_config


def test_it_shows_each_chat_and_all_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("", encoding="utf-8")
    given = ["blind", "--config", str(config)]
    assert bot.main([*given, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    db = open_database(load_config(config).database)
    adapter, ann = enter_adapter(db, "one"), upsert_chat(db, "web", "ann", "Ann\x1b[2J")
    for pair in (1, 2, 3, 4):
        values = [pair, ann.id, adapter.id]
        db.execute("INSERT INTO blind_pairs VALUES (?, ?, ?, 'twin', 1, 1)", values)
        record_choice(db, pair, "owner", int(pair > 1), now=1)
    db.close()
    assert bot.main([*given, "--json"]) == 0
    [document] = json.loads(capsys.readouterr().out)
    assert (document["adapter"], document["n"], document["share"]) == ("one", 4, 0.25)
    assert document["chats"][0]["n"] == 4
    assert bot.main(["adapters", "show", "one", *given[1:], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["blind"]["n"] == 4
    assert bot.main(given) == 0
    shown = capsys.readouterr().out
    assert shown.count("25%") == 2
    assert "\x1b" not in shown
