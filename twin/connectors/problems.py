"""What is wrong with a connector that is on, for `bot.py doctor`."""

from dataclasses import dataclass
from pathlib import Path

from storage.atomic_files import others_can_read
from storage.texts import Text


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a connector that is on can't work, and what to do about it."""

    found: str
    remedy: str


def open_secrets(*paths: Path) -> list[Problem]:
    """Those of the files that others on this machine can read."""
    return [
        Problem(Text("others can read {path}", path=path), f"chmod 600 {path}")
        for path in paths
        if others_can_read(path)
    ]
