"""Let pauses and limits last as long as they were meant to when somebody sets the clock."""

import logging

from sqlite_utils import Database

from storage.clock_jumps import move_times
from twin.clock import SteadyClock
from twin.writes import Writes

log = logging.getLogger(__name__)


async def follow_clock(steady: SteadyClock, db: Database, writes: Writes) -> None:
    """Where the machine's clock was set, move the times in the database along."""

    def move() -> None:
        jump_ms = steady.jump_ms()
        if not jump_ms:
            return  # it was set right again while another program held the lock
        move_times(db, steady.clock.now(), jump_ms)
        steady.follow(jump_ms)
        log.warning("the clock was set by %.0f s: pauses and limits go along", jump_ms / 1000)

    if steady.jump_ms():
        await writes.run(move)
