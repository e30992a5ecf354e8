"""`bot.py people`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

import bot
from storage.chats import get_chat, set_note, upsert_chat
from storage.database import open_database
from twin.cli import output
from twin.config.load import load_config


class Terminal:
    """Runs `people` on a twin with chats 1 and 2, whose friends have one name and two notes."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._config, self._capsys = folder / "config.toml", capsys
        self._config.write_text("", encoding="utf-8")
        self.db: Database = open_database(load_config(self._config).database)
        for platform, note in (("wechat", "my sister"), ("telegram", "from work")):
            set_note(self.db, upsert_chat(self.db, platform, platform, "Anna").id, note)

    def __call__(self, *given: str) -> tuple[int, str]:
        code = bot.main(["people", *given, "--config", str(self._config)])
        shown = self._capsys.readouterr()
        return code, shown.out + shown.err

    def json(self, *given: str) -> Any:
        code, out = self(*given, "--json")
        assert code == 0, out
        return json.loads(out)


@pytest.fixture
def people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path, capsys)
    yield terminal
    terminal.db.close()


def test_suggested_linked_listed_and_unlinked(people: Terminal) -> None:
    assert people.json("suggest") == [{"chats": [1, 2], "why": "name"}]
    code, said = people("link", "1", "2")  # no terminal: both notes are shown
    assert (code, "my sister" in said, "from work" in said) == (2, True, True)
    linked = people.json("link", "1", "2", "--note", "my sister")
    assert [chat["platform"] for chat in linked["chats"]] == ["wechat", "telegram"]
    assert get_chat(people.db, 2).note == "my sister"
    assert people.json("list") == [linked]
    assert people.json("suggest") == []
    assert people.json("unlink", "2") == {"chat": 2}
    assert people.json("list") == []


def test_in_a_terminal_it_asks_which_note(
    people: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(output, "read_line", lambda: "3")
    assert people("link", "1", "2")[0] == 2
    monkeypatch.setattr(output, "read_line", lambda: " 2 ")
    code, said = people("link", "1", "2")
    assert code == 0, said
    assert "1  “my sister”" in said
    assert get_chat(people.db, 1).note == "from work"
