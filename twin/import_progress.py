"""How far the import is that is going, as a page shows it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from storage.importers.progress import Phase

_TELLING_S = 2.0  # before that, nothing can be said about the rest


@dataclass(frozen=True, slots=True)
class Share:
    """`left_s`: seconds that this phase will still take; None while nothing tells."""

    phase: Phase
    percent: int
    left_s: float | None


class Watch:
    """Told by the import's thread, read by the pages."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.share: Share | None = None
        self._clock = clock
        self._began = clock()

    def tell(self, phase: Phase, done: int, total: int) -> None:
        if self.share is None or phase != self.share.phase:
            self._began = self._clock()
        seconds = self._clock() - self._began
        left = seconds * (total - done) / done if done and seconds >= _TELLING_S else None
        self.share = Share(phase, 100 * done // max(1, total), left)
