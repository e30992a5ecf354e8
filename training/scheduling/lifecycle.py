"""What surrounds a training run: one at a time, every end recorded, checkpoints found again."""

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout
from safetensors import SafetensorError
from sqlite_utils import Database

from storage import runs
from storage.errors import TwinError
from storage.reasons import RunEnd
from training.scheduling.heartbeat import beating
from twin.config.schema import Config

# Whoever only asks whether a run is going holds the lock for a moment.
LOCK_WAIT_S = 0.5


@contextlib.contextmanager
def one_at_a_time(config: Config) -> Iterator[None]:
    """One training run at a time, whoever started it. The lock dies with its process."""
    lock = _lock_of(config)
    try:
        config.data.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=LOCK_WAIT_S)
    except Timeout as error:
        raise TwinError(
            f"{config.data}: another training run is going; wait for it (`bot.py status`)"
        ) from error
    except OSError as error:
        raise _disk_error(config, error) from error
    try:
        yield
    except sqlite3.Error as error:
        if _is_disk_error(error):
            raise _disk_error(config, error) from error
        raise
    finally:
        lock.release()


def _lock_of(config: Config) -> FileLock:
    return FileLock(config.path_of("train.lock"))


def is_going(config: Config) -> bool:
    """Whether a training run is going, in whatever process."""
    try:
        with _lock_of(config).acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False  # nobody can train there, and whoever tries is told why


@contextlib.contextmanager
def no_run_meanwhile(config: Config) -> Iterator[bool]:
    """Whether no run is going; then none can begin before the end of the block."""
    lock = _lock_of(config)
    try:
        lock.acquire(timeout=LOCK_WAIT_S)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def fail_orphans(config: Config, db: Database) -> None:
    """Runs whose process died are marked as failed, unless a trainer is at work."""
    with contextlib.suppress(Timeout, OSError), _lock_of(config).acquire(timeout=0):
        runs.fail_orphans(db)


@contextlib.contextmanager
def recorded(config: Config, db: Database, run_id: int) -> Iterator[None]:
    """Whatever ends the run, the database says so; until then, that it is alive."""
    try:
        with beating(config, run_id):
            yield
    except BaseException as error:  # a border: also Ctrl-C and SIGTERM must leave a trace
        failure = error
        if _is_disk_error(error):
            failure = _disk_error(config, error)
        with contextlib.suppress(sqlite3.Error):  # the disk may be full for SQLite too
            runs.fail_run(db, run_id, _message(failure))
        if failure is error:
            raise
        raise failure from error


def _message(failure: BaseException) -> str:
    if isinstance(failure, (KeyboardInterrupt, SystemExit)):
        return RunEnd.STOPPED
    # Only our own words: an exception of a library may quote what friends wrote.
    return str(failure) if isinstance(failure, TwinError) else type(failure).__name__


def _is_disk_error(error: BaseException) -> bool:
    """torch, safetensors and SQLite each report a full disk in an exception of their own."""
    if isinstance(error, OSError):
        return True
    signs = ("No space left", "disk is full", "disk I/O", "PytorchStreamWriter", "inline_container")
    known = isinstance(error, (SafetensorError, sqlite3.Error, RuntimeError))
    return known and any(sign in str(error) for sign in signs)


def _disk_error(config: Config, error: BaseException) -> TwinError:
    cause = getattr(error, "strerror", None) or str(error).splitlines()[0]
    return TwinError(
        f"{config.data}: training can't read or write there ({cause}); free some disk space and "
        "start it again: it goes on where it was"
    )


def runs_folder(config: Config) -> Path:
    return config.path_of("runs")


def run_folder(config: Config, run_id: int) -> Path:
    return runs_folder(config) / str(run_id)


def keep_only(folder: Path) -> None:
    """Checkpoints of other runs will never be resumed: only the newest run can be."""
    folder.mkdir(parents=True, exist_ok=True)
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def last_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint. The state file is written last, so it tells."""
    found = sorted(
        folder.glob("checkpoint-*"),
        key=lambda path: int(path.name.rpartition("-")[2]),
        reverse=True,
    )
    for checkpoint in found:
        with contextlib.suppress(OSError, ValueError):
            json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
            return checkpoint
    return None
