"""The agent of launchd, on macOS (launchd.plist(5))."""

import plistlib
from collections.abc import Sequence
from pathlib import Path


def agent(command: Sequence[str], settings: Path, label: str) -> str:
    """The text of its property list. What it prints goes into `twin.log` beside the settings."""
    log = str(settings.parent / "twin.log")
    content = {
        "Label": label,
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 30,
        "ExitTimeOut": 60,
        "Umask": 0o077,
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }
    return plistlib.dumps(content).decode()
