"""How late a platform's messages arrive, although its clock or this machine's may be wrong."""

from collections import defaultdict
from dataclasses import dataclass

from twin.clock import Clock

ALIKE_MS = 5_000
APART_S = 30.0
FAR_MS = 600_000
ON_TIME_MS = 60_000


@dataclass(slots=True)
class _PlatformClock:
    """`behind_ms`: how far it is behind this machine's; the last message's delay, and its time."""

    behind_ms: float = 0.0
    last_delay_ms: float = 0.0
    last_at: float = float("-inf")


class Lateness:
    """Learns from each message how far the clock of its platform is off. In memory.

    Nothing arrives before it was sent, so a message from the future shows a clock that is ahead.
    Two messages that come well apart and equally late show one that is behind: what piled up while
    nobody was connected comes all at once, the oldest the latest.
    """

    def __init__(self, clock: Clock, wall: Clock | None = None) -> None:
        self._clock, self._wall = clock, wall or clock
        self._began_ms = clock.now() - clock.monotonic() * 1000
        self._platforms: defaultdict[str, _PlatformClock] = defaultdict(_PlatformClock)

    def of(self, platform: str, sent_at: int) -> int:
        """Milliseconds since a message was sent that arrives now; `sent_at` by the platform."""
        delay = self.since(sent_at)
        late = max(0, int(delay - self._learn(platform, delay)))
        if late <= FAR_MS:
            return late
        # The clock was wrong when the bot started, and was set right since. Or the message was
        # timed by this machine's, and nobody has followed yet where somebody set it.
        by_clocks = (self._clock.now() - sent_at, self._wall.now() - sent_at)
        return max(0, min([late, *(by for by in by_clocks if abs(by) <= ON_TIME_MS)]))

    def since(self, sent_at: int) -> float:
        """Milliseconds since then by the platform's clock, if it agreed with ours at the start.

        They go on evenly when somebody sets this machine's clock.
        """
        return self._began_ms + self._clock.monotonic() * 1000 - sent_at

    def _learn(self, platform: str, delay_ms: float) -> float:
        """How far the platform's clock is behind."""
        of, now = self._platforms[platform], self._clock.monotonic()
        is_apart = now - of.last_at >= APART_S
        is_alike = abs(delay_ms - of.last_delay_ms) <= ALIKE_MS
        if delay_ms < of.behind_ms:
            of.behind_ms = delay_ms
        elif is_apart and is_alike:
            of.behind_ms = min(delay_ms, of.last_delay_ms)
        of.last_at, of.last_delay_ms = now, delay_ms
        return of.behind_ms
