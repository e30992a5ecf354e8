"""A process that speaks as the reader does, and does what the file says."""

import sys
from pathlib import Path

import pytest

from twin.config.schema import Config

_SCRIPT = """
import json, os, signal, sys, time
begun = sys.argv[1]
with open(begun, "a") as log:
    log.write(" ".join(sys.argv[2:]) + "\\n")
said = sys.argv[2]
print(json.dumps({"unusable": said[9:]} if said.startswith("unusable:") else {"reader": "fake 1"}))
sys.stdout.flush()
for line in sys.stdin:
    asked = json.loads(line)
    try:
        word = open(asked["path"], encoding="utf-8").read()
    except OSError:
        word = "failure:gone"
    died = begun + ".died"
    if word == "die" or (word == "die once" and not os.path.exists(died)):
        open(died, "w").close()
        os._exit(9)
    if word == "busy":
        os.kill(os.getpid(), signal.SIGXCPU)
    if word == "hang":
        time.sleep(600)
    if word == "half":
        sys.stdout.write('{"te')
        break
    if word == "no end":
        sys.stdout.write("x" * 3_000_000)
    if word in ("list", "number"):
        print("[1]" if word == "list" else '{"text": 5}', flush=True)
        continue
    if word == "environment":
        word = str(os.environ.get("TWIN_ENGINE_KEY"))
    kind, _, rest = word.partition(":")
    told = {"text": word, "picture": "AAAA"} if asked["show"] else {"text": word}
    print(json.dumps({"failure": rest} if kind == "failure" else told), flush=True)
"""


class FakeProcess:
    """`begun`: a line for each process, with what it was started for. `says`: why it can't."""

    def __init__(self, begun: Path) -> None:
        self._begun = begun
        self.says = "ready"

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("twin.media.reader.reader_command", self._command)
        monkeypatch.setattr("twin.media.reader.missing_packages", lambda part: [])

    def _command(self, config: Config, language: str, idle: bool, part: str) -> list[str]:
        flags = ["idle"] if idle else []
        script = [sys.executable, "-I", "-S", "-c", _SCRIPT]
        return [*script, str(self._begun), self.says, part, language, *flags]

    @property
    def begun(self) -> list[str]:
        return self._begun.read_text().splitlines() if self._begun.exists() else []
