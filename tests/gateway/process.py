"""The real gateway as a process that a test starts, steers and kills."""

import itertools
import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from twin.config import Wechaty

FOLDER = Path(__file__).parent
TOKEN = "twin-test-token"
TIMEOUT_S = 60.0


def skip_without_node() -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed, so there is no real gateway to test against")
    if not (FOLDER / "node_modules").is_dir():
        pytest.skip("run `npm ci` in tests/gateway: the real gateway is not installed")


class Gateway:
    """`events` is every line that it printed. Orders are answered before `order` returns."""

    def __init__(self) -> None:
        self.port = _free_port()
        self.settings = Wechaty(enabled=True, endpoint=f"127.0.0.1:{self.port}", token=TOKEN)
        self.events: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[str]
        self.start()

    def start(self) -> None:
        """Also again on the same port, after a kill."""
        self._process = subprocess.Popen(
            ["node", "gateway.mjs", str(self.port), TOKEN],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        before = self._count("listening")
        threading.Thread(target=self._read, args=[self._process], daemon=True).start()
        self.wait_for(lambda: self._count("listening") > before)

    def kill(self) -> None:
        """As with kill -9."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()

    def order(self, command: str, **options: Any) -> None:
        """Raises AssertionError when the gateway could not do it."""
        assert self._process.stdin is not None
        before = self._count("done") + self._count("failed")
        print(json.dumps({"command": command, **options}), file=self._process.stdin, flush=True)
        self.wait_for(lambda: self._count("done") + self._count("failed") > before)
        assert self._count("failed") == 0, self.events[-1]

    def message(self, friend: str, text: str = "", **payload: Any) -> str:
        """A message to the owner; its id."""
        number = f"m{next(self._numbers)}"
        values = {"id": number, "type": 7, "talkerId": friend, "listenerId": "owner"} | payload
        self.order("message", text=text, **values)
        return str(values["id"])

    def received(self, friend: str) -> list[str]:
        """What arrived at a friend from the owner's account, oldest first."""
        with self._changed:
            return [e["text"] for e in self.events if e.get("received") == friend]

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, TIMEOUT_S), self.events[-5:]

    def _count(self, key: str) -> int:
        return sum(key in event for event in self.events)

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                with self._changed:
                    self.events.append(json.loads(line))
                    self._changed.notify_all()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
