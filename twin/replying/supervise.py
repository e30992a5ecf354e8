"""Keep a task running: log its crash and start it again, after a longer wait each time."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from storage.errors import TwinError
from twin.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds between attempts: doubled each time, reset once a task ran for `longest`."""

    first: float = 1.0
    longest: float = 60.0

    def next(self, before: float, ran: float) -> float:
        return self.first if ran > self.longest or not before else min(before * 2, self.longest)


async def supervise(
    name: str,
    run: Callable[[], Awaitable[None]],
    is_stopping: Callable[[], bool],
    clock: Clock = SYSTEM_CLOCK,
    backoff: Backoff = Backoff(),
) -> None:
    """Run a task until `is_stopping`. If it returns, that counts as a lost connection."""
    wait = 0.0
    while not is_stopping():
        started = clock.monotonic()
        try:
            await run()
            outcome = "ended"
        except TwinError as error:
            outcome = f"failed: {error}"
        except Exception as error:  # boundary: whatever it is, the other tasks go on
            # Not the error's message: it may quote what a friend wrote.
            outcome = f"crashed ({type(error).__name__})"
            log.debug("%s", name, exc_info=True)
        if is_stopping():
            return
        wait = backoff.next(wait, clock.monotonic() - started)
        log.warning("%s %s; starts again in %.0f s", name, outcome, wait)
        await clock.sleep(wait)
