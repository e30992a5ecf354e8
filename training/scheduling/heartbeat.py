"""Signs of life of a training run, in every phase of it: loading, training, judging."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import partial
from threading import Event, Thread

from sqlite_utils import Database

from storage import runs
from storage.database import open_database
from twin.config.schema import Config

BEAT_S = 30.0
MIN_CPU_S = 0.01


@contextlib.contextmanager
def beating(config: Config, run_id: int) -> Iterator[None]:
    """Beat for the run while this process computes.

    A thread beats, since no phase lends itself to it, but only as far as the others got on: the
    thread of a process that waits for something that never comes would go on beating. A process
    that spins in vain is not told from a busy one; its time limit ends it.
    """
    stop = Event()
    db = open_database(config.database)  # its own: a connection has one transaction at a time
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
