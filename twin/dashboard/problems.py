"""What `bot.py doctor` would say now, looked up beside the event loop and kept for a while."""

import asyncio
from collections.abc import Sequence

from twin.clock import Clock
from twin.config import Config
from twin.doctor import diagnose_running
from twin.findings import Check

FRESH_S = 60.0


class Problems:
    """Shared by all open pages: however many there are, one looks."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config, self._clock = config, clock
        self._lock = asyncio.Lock()
        self._found: tuple[Check, ...] | None = None
        self._at = 0.0

    async def look(self) -> Sequence[Check]:
        """What is not as it should be."""
        async with self._lock:
            if self._found is None or self._clock.monotonic() - self._at > FRESH_S:
                checks = await asyncio.to_thread(diagnose_running, self._config)
                self._found = tuple(check for check in checks if check.verdict != "ok")
                self._at = self._clock.monotonic()
        return self._found
