"""How often somebody may guess a password."""

from collections import deque
from collections.abc import Callable

WINDOW_S = 15 * 60.0
PER_ADDRESS = 5
OVERALL = 50


class Throttle:
    """Counts attempts when they begin, so that many at once are no way around."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._attempts: deque[tuple[float, str]] = deque()  # never more than OVERALL

    def begin(self, address: str) -> bool:
        """Note an attempt; False when it may not be made."""
        now = self._monotonic()
        while self._attempts and self._attempts[0][0] <= now - WINDOW_S:
            self._attempts.popleft()
        from_there = sum(known == address for _, known in self._attempts)
        if from_there >= PER_ADDRESS or len(self._attempts) >= OVERALL:
            return False
        self._attempts.append((now, address))
        return True

    def forgive(self, address: str) -> None:
        """He knew the password, so his attempts were typing errors."""
        self._attempts = deque(entry for entry in self._attempts if entry[1] != address)
