"""One training at a time on a processor or GPU, whichever twin's: who came first is first.

Whoever trains or waits holds the lock of a numbered file in a folder that all of a machine share. A
lock dies with its process, so nobody waits for the dead.
"""

import contextlib
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

log = logging.getLogger(__name__)

VARIABLE = "TWIN_TURNS"  # names another folder: of a container, one that it shares with others
POLL_S = 1.0
CHANGING_S = 10.0  # a change of the folder takes milliseconds
# Of other accounts too: nothing is in these files.
FOLDER_MODE, FILE_MODE = 0o777, 0o666


@contextlib.contextmanager
def my_turn(
    device: str, on_wait: Callable[[bool], None], sleep: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Wait until no training that came earlier computes on `device`, and hold that place.

    `on_wait` is told when it has to wait, and in any case that it does not, any more. A folder that
    can't be used is no reason to lose a night: then it waits for nobody, and the log says so.
    """
    with contextlib.ExitStack() as held:
        try:
            line = Line(_folder(device))
            number = held.enter_context(line.place())
            if line.has_before(number):
                on_wait(True)
            while line.has_before(number):
                sleep(POLL_S)
        except OSError as error:
            log.warning("does not wait for other twins' trainings: %s", error)
        on_wait(False)
        yield


def _folder(device: str) -> Path:
    """Made where it is missing. "cuda" is the first GPU."""
    name = "cuda:0" if device == "cuda" else device
    shared = "/tmp" if os.name == "posix" else os.environ.get("PROGRAMDATA", tempfile.gettempdir())
    top = Path(os.environ.get(VARIABLE) or Path(shared, "twin-turns"))
    folder = top / name.replace(":", "-")
    for path in (top, folder):
        if path.is_symlink():
            raise OSError(f"{path}: a link; delete it")
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            path.chmod(FOLDER_MODE)  # the umask allows less
    return folder


class Line:
    """Who waits, in a folder: a file each, by number. Raises OSError where it can't be used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.contextmanager
    def place(self) -> Iterator[int]:
        """The last place in the line until the end of the block; its number."""
        with self._changing():
            number = max(self._numbers(), default=0) + 1
            lock = self._lock_of(number)
            lock.acquire(timeout=0)
        try:
            yield number
        finally:
            with contextlib.suppress(OSError), self._changing():
                self._file(number).unlink()
            lock.release()

    def has_before(self, number: int) -> bool:
        """Whether somebody holds an earlier place. Those of the dead are taken away."""
        try:
            with self._changing():
                held = [each for each in self._numbers() if each < number and self._is_held(each)]
                return bool(held)
        except Timeout:
            return True  # somebody changes the folder; the next look tells

    def _is_held(self, number: int) -> bool:
        lock = self._lock_of(number)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        with contextlib.suppress(OSError):  # Windows deletes no open file, so twice
            self._file(number).unlink()
        lock.release()
        self._file(number).unlink(missing_ok=True)
        return False

    def _changing(self) -> FileLock:
        """To be entered by whoever reads or changes the folder, for a moment."""
        return FileLock(self._folder / "folder.lock", timeout=CHANGING_S, mode=FILE_MODE)

    def _lock_of(self, number: int) -> FileLock:
        return FileLock(self._file(number), mode=FILE_MODE)

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.turn"

    def _numbers(self) -> list[int]:
        names = (path.stem for path in self._folder.glob("*.turn"))
        return [int(name) for name in names if name.isdecimal()]
