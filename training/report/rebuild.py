"""The dataset's report, written anew for the owner's page."""

import asyncio
import sys
from pathlib import Path

from storage.errors import TwinError
from training.scheduling.trainer_process import process_options

BOT = Path(__file__).resolve().parents[2] / "bot.py"


async def rebuild_report(config: Path) -> None:
    """The dataset's report anew, by a process of its own: it takes a core for half a minute."""
    command = (sys.executable, str(BOT), "dataset", "report", "--config", str(config))
    options = process_options() | {"stderr": asyncio.subprocess.PIPE}
    process = await asyncio.create_subprocess_exec(*command, **options)
    try:
        _, errors = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode:
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        raise TwinError(
            lines[-1].removeprefix("error: ")
            if lines
            else "dataset report: no word of why it failed"
        )
