"""Measure how long the event loop stood still. While it does, nobody is answered."""

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from storage.atomic_files import write_bytes
from storage.database import now_ms

log = logging.getLogger(__name__)

TICK_S = 0.1
WINDOW_S = 300.0
STALL_S = 1.0
FILE = "loop-lag.json"


@dataclass(frozen=True, slots=True)
class LagFigures:
    """How late the loop was: the median, the 99th percentile and the worst of the minutes before
    `measured_at`. `stalls`: how often it stood still for STALL_S since the start, at last at
    `stalled_at`. Times in UTC milliseconds.
    """

    p50_ms: float
    p99_ms: float
    worst_ms: float
    measured_at: int
    stalls: int = 0
    stalled_at: int | None = None


class LoopLag:
    """Measures the loop in which `watch` runs. The real clock counts, not one of a test.

    Another process reads the last figures from a file in `folder`; without one nothing is written.
    """

    def __init__(
        self,
        folder: Path | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._file = folder / FILE if folder else None
        self._monotonic, self._sleep = monotonic, sleep
        self._late: deque[float] = deque(maxlen=round(WINDOW_S / TICK_S))  # seconds
        self._stalls = 0
        self._stalled_at: int | None = None

    async def watch(self) -> None:
        """Measure until cancelled."""
        written = self._monotonic()
        while True:
            began = self._monotonic()
            await self._sleep(TICK_S)
            woken = self._monotonic()
            late = max(0.0, woken - began - TICK_S)
            self._late.append(late)
            if late >= STALL_S:
                self._stalls, self._stalled_at = self._stalls + 1, now_ms()
                log.warning("the event loop stood still for %.1f s; nobody was answered", late)
            if late >= STALL_S or woken - written >= WINDOW_S:
                written = woken
                await asyncio.to_thread(self._write)

    def figures(self) -> LagFigures | None:
        """None before the first measurement."""
        if not self._late:
            return None
        late = sorted(self._late)
        p50, p99, worst = (
            round(late[min(len(late) * share // 100, len(late) - 1)] * 1000, 1)
            for share in (50, 99, 100)
        )
        return LagFigures(p50, p99, worst, now_ms(), self._stalls, self._stalled_at)

    def _write(self) -> None:
        figures = self.figures()
        if self._file is None or figures is None:
            return
        try:
            write_bytes(self._file, json.dumps(asdict(figures)).encode())
        except OSError as error:
            log.debug("%s can't be written: %s", self._file, error)


def last_figures(folder: Path) -> LagFigures | None:
    """What the bot of this data folder measured last; None if it never did."""
    try:
        return LagFigures(**json.loads((folder / FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
