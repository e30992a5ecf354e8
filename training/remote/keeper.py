"""Hold a folder for a twin of another machine: train in it, keep the result, then delete it all.

`python -m training.remote.keeper FOLDER`. A small process: the one that trains has gone when the
result waits. It outlives the connection by which it was started.
"""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

from filelock import FileLock, Timeout

from storage.atomic_files import OWNER_ONLY, write_text
from training.remote.host import ERROR, KEEP_S, KEEPER, LOCK, RESULT, end, last_asked

LOOK_S = 60.0


def keep(folder: Path) -> None:
    """Until nobody asked for it so long. Standard output is closed once it holds the folder."""
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return  # another one does
    (folder / KEEPER).write_text(str(os.getpid()))
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())
    _train(folder)
    while not _is_forgotten(folder):
        time.sleep(LOOK_S)
    lock.release()
    end(folder)


def _train(folder: Path) -> None:
    if (folder / RESULT).exists():
        return
    scratch = folder / "tmp"  # what libraries leave goes with the folder
    scratch.mkdir(exist_ok=True)
    trainer = subprocess.Popen(
        [sys.executable, "-m", "training.remote.worker", str(folder)],
        env=os.environ | {"TMPDIR": str(scratch)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while trainer.poll() is None and not _is_forgotten(folder):
        with contextlib.suppress(subprocess.TimeoutExpired):
            trainer.wait(LOOK_S)
    if trainer.poll() is None:
        trainer.kill()
        trainer.wait()
    elif trainer.returncode and not (folder / ERROR).exists():
        write_text(folder / ERROR, f"the training ended with exit code {trainer.returncode}")


def _is_forgotten(folder: Path) -> bool:
    return not folder.exists() or time.time() - last_asked(folder) > KEEP_S


if __name__ == "__main__":
    if os.fork():
        os._exit(0)
    os.setsid()
    os.umask(OWNER_ONLY)
    keep(Path(sys.argv[1]))
