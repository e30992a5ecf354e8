"""A night on another machine: a real sshd on loopback, its own program, a tiny base."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage import runs
from storage.adapters import live_adapter
from storage.chats import find_chat
from storage.errors import TwinError
from storage.messages import NewMessage, log_message
from tests.training.remote.conftest import Box
from tests.training.remote.sshd import SSHD
from tests.training.tiny_twin import MINUTE
from training.remote import errand
from training.remote.connection import Connection
from training.run import run_training
from twin.config.schema import Config
from twin.engine.model import load_torch_model

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(SSHD is None, reason="needs sshd (Debian: openssh-server)"),
]

PRIVATE = re.compile(rb"\b(sam|ann|ben)\b|2345|sqlite|config\.toml|/tmp", re.IGNORECASE)


class Wire:
    """What is asked over the connection and what goes with it; it can be cut."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.sent = b""
        self.cut_at: dict[str, range] = {}  # at which questions of a kind, counted from 1
        ask = Connection.ask

        def watched(there: Connection, do: str, key: str, content: bytes = b"", **more: Any) -> Any:
            self.asked.append(do)
            self.sent += content
            if self.asked.count(do) in self.cut_at.get(do, ()):
                there._process.kill()
                there._process.wait()
            return ask(there, do, key, content, **more)

        monkeypatch.setattr(Connection, "ask", watched)


def test_a_night_that_is_cut_goes_on_there_and_is_fetched_and_nothing_stays(
    sending: Config, chats: Database, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = find_chat(chats, "Ann").id
    log_message(chats, NewMessage(ann, "peer", "sam, ben's number: +49 151 23456789", MINUTE // 2))
    log_message(chats, NewMessage(ann, "owner", "thx, i wrote it down", MINUTE // 2 + 1000))
    monkeypatch.setattr(errand, "LOOK_S", 0.2)
    monkeypatch.setattr(errand, "MOST_AT_ONCE", 2500)
    monkeypatch.setattr(errand, "RETRY_S", (0.0,))
    wire = Wire(monkeypatch)

    # Cut while it sends, it goes on; cut for good while the other machine trains, it gives up.
    wire.cut_at = {"put": range(2, 3), "state": range(3, 99)}
    with pytest.raises(TwinError, match="what was begun there goes on"):
        run_training(sending, chats, "test", show=False)
    [folder] = box.temporary.iterdir()
    [first] = runs.list_runs(chats, 9)
    assert first.state == "failed"
    assert wire.asked.count("put") == 5
    size = len(wire.sent) - 2500  # the part that was lost went twice
    assert PRIVATE.findall(wire.sent) == []
    assert b"[NAME], [NAME]'s number: [PHONE_1]" in wire.sent
    assert live_adapter(chats) is None

    wire.cut_at, wire.sent = {}, b""
    result = run_training(sending, chats, "the next start", show=False)
    assert wire.sent == b""
    assert (result["run"], result["on"], result["samples"]) == (first.id, "box", 37)
    assert result["verdict"]["promoted"]
    live = live_adapter(chats)
    assert live is not None
    assert load_torch_model(sending, sending.path_of(live.path)).adapter == live.name
    assert runs.curve(chats, first.id, "loss")
    print(f"{size} bytes went; left there: {list(box.temporary.iterdir())}")
    assert not folder.exists()
    assert list(box.temporary.iterdir()) == []
    assert list(sending.path_of("elsewhere").iterdir()) == []
    assert processes_of(folder) == []


def processes_of(folder: Path) -> list[str]:
    """Command lines that name it."""
    listed = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if folder.name in line]
