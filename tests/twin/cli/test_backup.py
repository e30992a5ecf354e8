"""Backup and restore from the terminal."""

import json
from pathlib import Path

import pytest

from storage.chats import upsert_chat
from storage.database import open_database
from tests.terminal import Terminal
from twin.backup.passphrase import VARIABLE


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    folder = tmp_path / "here"
    folder.mkdir()
    run = Terminal(folder, capsys)
    db = open_database(run.database)
    upsert_chat(db, "web", "ann", "Ann")
    db.close()
    return run


@pytest.mark.slow
def test_there_and_back(
    run: Terminal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(VARIABLE, "correct horse")
    file = str(tmp_path / "kept.backup")
    made = run.json("backup", file)
    assert (made["encrypted"], made["secrets"]) == (True, False)
    assert run.json("restore", file, "--check")["chats"] == 1
    (tmp_path / "there").mkdir()
    there = Terminal(tmp_path / "there", capsys)
    assert there.json("restore", file)["data"] == str(tmp_path / "there" / "data")
    assert json.dumps(there.json("chats", "list")) == json.dumps(run.json("chats", "list"))
    assert "not empty" in there.error("restore", file)


def test_a_passphrase_is_asked_for_or_given(
    run: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "kept.backup")
    assert VARIABLE in run.error("backup", file)
    monkeypatch.setenv(VARIABLE, "short")
    assert "8 characters" in run.error("backup", file)
    monkeypatch.setenv(VARIABLE, "\udcff" * 9)  # as bytes of the environment that are no text
    assert "not in UTF-8" in run.error("backup", file)
    assert "passphrase alone" in run.error("backup", file, "--plain", "--with-secrets")
    assert not Path(file).exists()
    assert run.json("backup", file, "--plain")["encrypted"] is False


def test_a_file_that_cant_be_read_or_made_is_told_in_one_line(
    run: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for missing in (tmp_path / "none", tmp_path):
        assert "no such file" in run.error("restore", str(missing))
    too_long = str(tmp_path / ("x" * 300))
    assert "can't be read" in run.error("restore", too_long)
    assert "can't be written" in run.error("backup", too_long, "--plain", code=1)
    file = tmp_path / "another's.backup"
    file.write_bytes(b"")

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    assert "can't be read (Permission denied)" in run.error("restore", str(file))


@pytest.mark.parametrize("at", [0, 8192])
def test_a_damaged_database_is_said_with_its_remedy(run: Terminal, at: int) -> None:
    with run.database.open("r+b") as file:
        file.seek(at)
        file.write(b"\xff" * 40_000)
    for command in (["chats", "list"], ["status"], ["backup", "x", "--plain"]):
        assert "is damaged; restore" in run.error(*command, code=1)
