"""What a service runs, and what may stand in it."""

import sys
from pathlib import Path

from storage.errors import InputError
from twin.places import ROOT


def bot_command(settings: Path) -> list[str]:
    """By whole paths: a service has neither the folder nor the PATH of whoever installed it.

    Raises InputError for a path that no such file can hold.
    """
    command = [sys.executable, str(ROOT / "bot.py"), "run", "--config", str(settings.resolve())]
    for part in command:
        if not part.isprintable():
            raise InputError(f"{part!r}: a service can't hold this path; rename the folder")
    return command
