"""One bot for a data folder: a second one would answer everything too."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from storage.errors import TwinError

LOCK_WAIT_S = 0.5


@contextmanager
def one_bot(data: Path) -> Iterator[None]:
    """Hold the folder until the end of the block. The lock dies with its process.

    Raises TwinError when another bot holds it, and says which process that is.
    """
    lock, process = FileLock(data / "bot.lock"), data / "bot.pid"
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=LOCK_WAIT_S)
    except Timeout as error:
        who = f"process {pid}" if (pid := _named(data)) else "another process"
        raise TwinError(
            f"{data}: a bot runs on this folder already ({who}); stop it first, or give this one "
            "another [paths] data"
        ) from error
    except OSError as error:
        raise TwinError(
            f"{data}: can't be written ({error.strerror}); check its permissions and the disk"
        ) from error
    try:
        with suppress(OSError):  # it only helps whoever is told
            process.write_text(str(os.getpid()))
        yield
    finally:
        process.unlink(missing_ok=True)
        lock.release()


def bot_process(data: Path) -> int | None:
    """The process of the bot that runs on the folder; None when none does, or it did not say."""
    if not data.is_dir():
        return None
    with suppress(Timeout, OSError), FileLock(data / "bot.lock").acquire(timeout=0):
        return None
    return _named(data)


def _named(data: Path) -> int | None:
    try:
        return int((data / "bot.pid").read_text())
    except (OSError, ValueError):
        return None
