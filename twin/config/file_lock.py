"""One writer of a settings file at a time: page, set-up and commands may change it at once."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from storage.errors import TwinError
from storage.texts import Text

LOCK_WAIT_S = 3.0  # a change takes a fraction of a second

Changed = TypeVar("Changed")
_TURNS = ThreadPoolExecutor(1, "settings")


@contextmanager
def only_writer(path: Path) -> Iterator[None]:
    """Hold the settings of `path` until the end of the block, from reading them to writing.

    The lock is a hidden file beside it. Raises TwinError when another program doesn't end.
    """
    path = path.resolve()
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(timeout=LOCK_WAIT_S)
    except Timeout as error:
        raise TwinError(
            Text("{path}: another program is changing the settings; try again", path=path)
        ) from error
    except OSError:
        pass  # nobody can write there; whoever tries says so
    try:
        yield
    finally:
        lock.release()


async def in_turn(change: Callable[[], Changed]) -> Changed:
    """Run a change beside the event loop, which it would hold up, in the order of the calls."""
    return await asyncio.get_running_loop().run_in_executor(_TURNS, change)
