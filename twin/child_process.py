"""Processes that work beside the bot, most of them when nothing else wants the processor."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
NICENESS = 10
_ENVIRONMENT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "PYTHONPATH")


def process_options(*, idle: bool = True) -> dict[str, Any]:
    """A group of its own, so that a signal to the bot is not one to the child.

    `idle`: nobody waits for it. Only Windows sets that here, see `lower_priority`. Its result is
    read from the database. Keyword arguments for subprocess and asyncio alike.
    """
    options: dict[str, Any] = {
        "cwd": PROJECT,
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
    }
    if sys.platform == "win32":
        priority = subprocess.BELOW_NORMAL_PRIORITY_CLASS if idle else 0
        options["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP | priority
    else:
        options["process_group"] = 0
    return options


def bare_environment() -> dict[str, str]:
    """For what reads strangers' files: no token, proxy or key of the owner's goes along."""
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}


async def end(process: asyncio.subprocess.Process, grace_s: float) -> None:
    """Terminate the process, after a while kill it, and whatever of its group outlived it."""
    if process.returncode is None:
        signal_group(process, kill=False)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await process.wait()
    signal_group(process, kill=True)
    await process.wait()


def signal_group(
    process: "asyncio.subprocess.Process | subprocess.Popen[bytes]", *, kill: bool
) -> None:
    """To the leader of a group and all whom it started; on Windows to the process alone."""
    # ProcessLookupError: nobody is left; PermissionError: macOS says that of a group of the dead.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform != "win32":
            os.killpg(process.pid, signal.SIGKILL if kill else signal.SIGTERM)
        elif kill:
            process.kill()
        else:
            process.terminate()


def lower_priority() -> None:
    """Called by the child itself on POSIX; Windows sets it at the start."""
    if os.name == "posix":
        os.nice(NICENESS)
    if sys.platform == "linux":
        # Niceness only weighs: at 10 a run still takes a tenth of each core from replies. An idle
        # task runs when nothing else wants the core. Some containers refuse it.
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
