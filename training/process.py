"""Starting the trainer as a process of its own: it can fail or be killed without the bot."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent


def trainer_command(config_path: Path, reason: str) -> list[str]:
    """The command line of one training run; it prints one JSON document when it ends."""
    return [
        sys.executable,
        *("-m", "training"),
        *("--config", str(config_path.resolve())),
        *("--reason", reason, "--json"),
    ]


def process_options() -> dict[str, Any]:
    """A group of its own, so that a signal to the bot is not one to the trainer, and low priority.

    Keyword arguments for subprocess and asyncio alike.
    """
    options: dict[str, Any] = {
        "cwd": PROJECT,
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
    }
    if sys.platform == "win32":
        options["creationflags"] = (
            subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.BELOW_NORMAL_PRIORITY_CLASS
        )
    else:
        options["process_group"] = 0
    return options


def lower_priority() -> None:
    """Called by the trainer itself on POSIX; Windows sets it at the start."""
    if os.name == "posix":
        os.nice(10)
