"""Limit how often somebody may do something: a sliding window over each key."""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable


class RateLimit:
    """At most `per_key` events of one key, and `overall` of all, within any `window_s` seconds.

    Only the events of one window are held in memory. `monotonic` tells the time in seconds.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        window_s: float,
        per_key: int,
        overall: int | None = None,
    ) -> None:
        self._monotonic, self._window_s = monotonic, window_s
        self._per_key, self._overall = per_key, overall
        self._events: deque[tuple[float, Hashable]] = deque()  # the oldest first
        self._of_key: defaultdict[Hashable, deque[float]] = defaultdict(deque)

    def take(self, key: Hashable) -> bool:
        """Note an event now; False when it may not be."""
        if self.wait_s(key) is not None:
            return False
        self.note(key)
        return True

    def wait_s(self, key: Hashable) -> float | None:
        """Seconds until the next event of that key may be; None when it may be now."""
        now = self._monotonic()
        self._drop_old(now)
        of_key = self._of_key.get(key)
        if of_key is not None and len(of_key) >= self._per_key:
            return of_key[0] + self._window_s - now
        if self._overall is not None and len(self._events) >= self._overall:
            return self._events[0][0] + self._window_s - now
        return None

    def note(self, key: Hashable) -> None:
        """Count an event now."""
        now = self._monotonic()
        self._events.append((now, key))
        self._of_key[key].append(now)

    def forget(self, key: Hashable) -> None:
        """Let that key begin again from nothing."""
        self._events = deque(event for event in self._events if event[1] != key)
        self._of_key.pop(key, None)

    def _drop_old(self, now: float) -> None:
        while self._events and self._events[0][0] <= now - self._window_s:
            _, key = self._events.popleft()
            self._of_key[key].popleft()
            if not self._of_key[key]:
                del self._of_key[key]
