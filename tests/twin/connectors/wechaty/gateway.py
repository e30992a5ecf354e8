"""The real gateway of tests/gateway, as the tests hold it."""

import contextlib
import json
import os
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

from tests.ports import free_port
from twin.connectors.wechaty.settings import Settings

FOLDER = Path(__file__).resolve().parents[3] / "gateway"
TOKEN = "the-gateway-token"
LONGEST_S = 120
OWNER, ANN, BOB, ROOM = "owner", "ann", "bob", "lunch@chatroom"


def missing() -> str | None:
    """Why there can be no gateway here; None if there can."""
    if shutil.which("node") is None:
        return "needs Node.js 18 or later (node), which is not installed"
    if not (FOLDER / "node_modules").is_dir():
        return "needs the gateway's packages: run `npm ci` in tests/gateway"
    return None


class Gateway:
    """A node process. It ends with `stop`, and by itself when the tests are gone."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[str] | None = None
        self._control = 0

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    def settings(self, **changes: Any) -> Settings:
        given: dict[str, Any] = {
            "token": TOKEN,
            "watchdog_seconds": 60.0,
            "media_mb": 1.0,
        } | changes
        return Settings(endpoint=self.endpoint, **given)

    def start(self) -> None:
        self._process = process = subprocess.Popen(
            ["node", "gateway.mjs", str(self.port), TOKEN],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={"PATH": os.environ["PATH"], "WECHATY_LOG": "silent"},
        )
        assert process.stdout is not None
        told = process.stdout.readline()
        if not told:
            self.stop()
            raise RuntimeError("the gateway did not start; run node tests/gateway/gateway.mjs 1 x")
        self._control = json.loads(told)["control"]

    def stop(self) -> None:
        """Gone at once, as with a power cut."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(10)
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def order(self, name: str, /, **values: Any) -> Any:
        """Have something happen behind the gateway: see gateway.mjs."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._control}/{name}", json.dumps(values).encode()
        )
        with urllib.request.urlopen(request, timeout=LONGEST_S) as answer:
            return json.load(answer)

    def login(self) -> None:
        self.order("login")

    def say(self, text: str, *, by: str = ANN, to: str = OWNER, **more: Any) -> None:
        self.order("say", **{"from": by, "text": text, "to": to} | more)

    def raw(self, message_id: str, kind: int, text: str = "", **more: Any) -> None:
        """A message of any type. From Ann to the owner unless said otherwise."""
        told = {"id": message_id, "type": kind, "text": text, "talkerId": ANN, "listenerId": OWNER}
        self.order("raw", **told | more)

    def sent(self) -> list[str]:
        return [message["text"] for message in self.order("state")["sent"]]
