"""What stands against the account being used, kept where every process sees it."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from storage.atomic_files import write_text
from twin.connectors.problems import Problem

log = logging.getLogger(__name__)

# "connection": until the next login. "echo": until the gateway tells a message of the owner.
# "clock": until a message comes whose time agrees with this machine's.
Topic = Literal["connection", "echo", "clock"]
_FILE = "onebot/troubles.json"  # below the data folder


class Troubles:
    """The bot's own: one line each, cause and remedy."""

    def __init__(self, data: Path) -> None:
        self._path = data / _FILE
        self._lines = dict(_read(data))

    @property
    def line(self) -> str | None:
        """The one that matters most."""
        topics: tuple[Topic, ...] = ("connection", "echo", "clock")
        return next((self._lines[topic] for topic in topics if topic in self._lines), None)

    def note(self, topic: Topic, line: str | None) -> None:
        """`line` is None where it is over."""
        before = self._lines.pop(topic, None)
        if line is not None:
            self._lines[topic] = line  # the same too: in the file it is English only
        if line == before:
            return
        if line is not None:
            log.error("qq: %s", line)
        try:
            write_text(self._path, json.dumps(self._lines), mode=0o600)
        except OSError as error:
            log.warning("%s can't be written (%s)", self._path, error.strerror)


def problems_of(data: Path) -> list[Problem]:
    """What the bot met last, for the doctor."""
    parts = [line.partition("; ") for line in _read(data).values()]
    return [Problem(found, remedy) for found, _, remedy in parts]


def _read(data: Path) -> Mapping[str, str]:
    try:
        lines = json.loads((data / _FILE).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    known = lines if isinstance(lines, dict) else {}
    return {str(topic): line for topic, line in known.items() if isinstance(line, str)}
