"""Let replies go first where a training computes on the same processor."""

import contextlib
from collections.abc import Iterator

from filelock import FileLock, Timeout

from twin.config.schema import Config

# Whoever only looks holds the lock for a moment.
TRY_S, POLL_S = 0.02, 0.005


@contextlib.contextmanager
def answering(config: Config) -> Iterator[None]:
    """Say so while replies are computed. A lock does, as it dies with its process."""
    lock = _lock_of(config)
    try:
        lock.acquire(timeout=TRY_S, poll_interval=POLL_S)
    except (Timeout, OSError):
        yield  # a reply waits for nothing
        return
    try:
        yield
    finally:
        lock.release()


def wait_for_replies(config: Config, seconds: float) -> None:
    """Until no reply is computed, or so long."""
    with contextlib.suppress(Timeout, OSError), _lock_of(config).acquire(timeout=seconds):
        pass


def _lock_of(config: Config) -> FileLock:
    return FileLock(config.path_of("answering.lock"))
