"""`bot.py people`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import get_chat, set_note, upsert_chat
from storage.database import open_database
from tests.terminal import Terminal
from twin.cli import output


class People(Terminal):
    """Runs `people` on a twin with chats 1 and 2, whose friends have one name and two notes."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(folder, capsys, "people")
        self.db: Database = open_database(self.database)
        for platform, note in (("wechat", "my sister"), ("telegram", "from work")):
            set_note(self.db, upsert_chat(self.db, platform, platform, "Anna").id, note)


@pytest.fixture
def people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[People]:
    terminal = People(tmp_path, capsys)
    yield terminal
    terminal.db.close()


def test_suggested_linked_listed_and_unlinked(people: People) -> None:
    assert people.json("suggest") == [{"chats": [1, 2], "why": "name"}]
    code, _, said = people("link", "1", "2")  # no terminal: both notes are shown
    assert (code, "my sister" in said, "from work" in said) == (2, True, True)
    linked = people.json("link", "1", "2", "--note", "my sister")
    assert [chat["platform"] for chat in linked["chats"]] == ["wechat", "telegram"]
    assert get_chat(people.db, 2).note == "my sister"
    assert people.json("list") == [linked]
    assert people.json("suggest") == []
    assert people.json("unlink", "2") == {"chat": 2}
    assert people.json("list") == []


def test_in_a_terminal_it_asks_which_note(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(output, "read_line", lambda: "3")
    assert people("link", "1", "2")[0] == 2
    monkeypatch.setattr(output, "read_line", lambda: " 2 ")
    code, out, told = people("link", "1", "2")
    assert code == 0, told
    assert "1  “my sister”" in out + told
    assert get_chat(people.db, 1).note == "from work"
