"""Surround a training run: one at a time, alive while it computes, every end recorded."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import partial
from threading import Event, Thread

from filelock import FileLock, Timeout
from safetensors import SafetensorError
from sqlite_utils import Database

from storage import runs
from storage.database import open_database
from storage.errors import TwinError
from storage.reasons import RunEnd
from twin.config.schema import Config

# Whoever only asks whether a run is going holds the lock for a moment.
LOCK_WAIT_S = 0.5
BEAT_S = 30.0
MIN_CPU_S = 0.01


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
        with disk_errors_told(config), beating(config, run_id):
            yield
    except BaseException as error:  # boundary: also Ctrl-C and SIGTERM must leave a trace
        with contextlib.suppress(sqlite3.Error):  # the disk may be full for SQLite too
            runs.fail_run(db, run_id, _message(error))
        raise


@contextlib.contextmanager
def disk_errors_told(config: Config) -> Iterator[None]:
    """Raise TwinError with a remedy for a disk that is full or fails."""
    try:
        yield
    except Exception as error:  # boundary: each library reports it in an exception of its own
        if _is_disk_error(error):
            raise _disk_error(config, error) from error
        raise


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


@contextlib.contextmanager
def beating(config: Config, run_id: int) -> Iterator[None]:
    """Beat for the run while this process computes.

    A thread beats, because loading, training and evaluating have no loop in common. It beats only
    while other threads spend processor time: a process that waits for something that never comes
    falls silent. One that spins in vain is not told from a busy one; its time limit ends it.
    """
    stop = Event()
    # Its own connection: each has one transaction at a time.
    db = open_database(config.database, create=False)
    beats = partial(beat_while_computing, db, run_id, partial(stop.wait, BEAT_S), _cpu_of_others)
    thread = Thread(target=beats, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        db.conn.close()


def beat_while_computing(
    db: Database, run_id: int, stops: Callable[[], bool], cpu: Callable[[], float]
) -> None:
    """Beat after each wait in which processor time was spent, until `stops` says true."""
    spent = cpu()
    while not stops():
        before, spent = spent, cpu()
        # The least that counts is a trace: a run of low priority on a busy machine gets no more.
        if spent - before >= MIN_CPU_S:
            with contextlib.suppress(sqlite3.Error):  # a full disk is the run's to report
                runs.beat(db, run_id)


def _cpu_of_others() -> float:
    """Seconds of processor time that the threads besides this one have spent."""
    return time.process_time() - time.thread_time()
