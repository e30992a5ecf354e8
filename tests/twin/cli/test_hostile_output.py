"""Names and messages that try to steer the terminal, in every command that shows them."""

import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

import bot
from storage import runs
from storage.chats import set_note, upsert_chat, upsert_contact
from storage.database import open_database
from storage.keys import create_key
from storage.messages import NewMessage, log_message
from storage.outbox import record_decision
from tests.registry import enter_adapter
from tests.terminal import Keyboard
from twin.config.load import load_config

STEERING = set("\x1b\x07\x08\x9b\r\u202e")
NAME = "[/red][bold]X[/] \x1b[2J\x1b]0;t\x07\x9b\u202e 你好é👋\nforged: line\r\nerror: forged"
AT = 1_700_000_000_000
COMMANDS = (
    ("chats", "list"),
    ("chats", "set", "1", "--note", NAME),
    ("chats", "set", NAME, "--mode", "draft"),
    ("chats", "set", "1", "--mode", NAME),
    ("why", "1"),
    ("why", NAME + "!"),
    ("drafts", "list"),
    ("drafts", "edit", "99", NAME),
    ("drafts", "approve", NAME),
    ("search", "forged"),
    ("search", NAME),
    ("invite", NAME),
    ("invite", NAME, "--revoke"),
    ("invite", NAME + "!", "--again"),
    ("keys", "list"),
    ("keys", "create", NAME + "!"),
    ("keys", "create", "other", "--scope", NAME),
    ("keys", "revoke", NAME),
    ("adapters", "list"),
    ("adapters", "show", NAME),
    ("adapters", "show", NAME + "!"),
    ("adapters", "promote", NAME + "!"),
    ("runs", "list"),
    ("runs", "show", "1"),
    ("status",),
    ("import", NAME),
    ("import", "chat.txt", "--me", NAME),
    ("import", "chat.txt", "--format", NAME),
    ("history", "--account", NAME),
    ("history", "--chat", NAME),
    ("history", "--since", NAME),
    ("chats", "forget", NAME + "!"),
    ("chats", "forget", "1"),  # asks, and is told no
    (NAME,),
    ("status", f"--{NAME}"),
)


def fill(db: Database) -> None:
    friend = upsert_contact(db, "test", "x", NAME)
    chat = upsert_chat(db, "test", "x", NAME, mode="draft")
    set_note(db, chat.id, NAME)
    message = log_message(db, NewMessage(chat.id, "peer", NAME, AT, sender_id=friend))
    assert message is not None
    record_decision(db, chat.id, message, NAME, [NAME], state="draft")
    create_key(db, NAME, "chat")
    run = runs.start_run(db, NAME, 1)
    enter_adapter(db, NAME, run)
    runs.fail_run(db, run, NAME)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    config = folder / "config.toml"
    config.write_text(f"[owner]\nname = {json.dumps(NAME, ensure_ascii=False)}\n", encoding="utf-8")
    db = open_database(load_config(config).database)
    fill(db)
    db.close()
    (folder / "chat.txt").write_text(
        "".join(f"01/02/2024, 10:0{n} - {name}\x1b[1m: hi\n" for n, name in enumerate("AB")),
        encoding="utf-8",
    )
    return folder


class Terminal:
    """Standard output and error as bytes, in some encoding."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
        self._encoding, self._written = encoding, [io.BytesIO(), io.BytesIO()]
        for name, written in zip(("stdout", "stderr"), self._written, strict=True):
            monkeypatch.setattr(sys, name, io.TextIOWrapper(written, encoding, write_through=True))

    def lines(self) -> Iterator[str]:
        for written in self._written:
            yield from written.getvalue().decode(self._encoding).split("\n")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "cp1252", "ascii"])
def test_no_text_steers_or_breaks_the_terminal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.chdir(folder)
    # Each encoding on a copy would cost more than a second: what the commands change is no matter.
    for arguments in COMMANDS:
        terminal = Terminal(monkeypatch, encoding)
        monkeypatch.setattr(sys, "stdin", Keyboard("n\n"))
        code = bot.main([*arguments, "--config", "config.toml"])
        lines = list(terminal.lines())
        shown = "\n".join(lines)
        assert code in (0, 1, 2), shown
        assert not STEERING & set(shown), arguments
        assert "Error: " not in shown, shown  # no Python error reached the person
        assert not [line for line in lines if line.startswith(("forged", "error: forged"))], shown
        errors = [line for line in lines if line.startswith("error: ") or "error: cancel" in line]
        assert len(errors) == int(code != 0), shown


def test_what_is_written_is_for_the_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        (tmp_path / "config.toml").touch()
        assert bot.main(["chats", "list", "--config", str(tmp_path / "config.toml")]) == 0
        assert os.umask(0o022) == 0o022  # as it was
    finally:
        os.umask(before)
    data = load_config(tmp_path / "config.toml").data
    if os.name == "posix":
        assert [path for path in (data, *data.rglob("*")) if path.stat().st_mode & 0o077] == []
