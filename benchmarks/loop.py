"""How long an event loop keeps others waiting, and how figures in milliseconds are told."""

import asyncio
import time
from collections.abc import Sequence

PROBE_S = 0.005
_TOLD = (("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999))


async def probe(lags: list[float]) -> None:
    """Until it is cancelled: by how many milliseconds each short sleep was too long."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(PROBE_S)
        lags.append((time.perf_counter() - before - PROBE_S) * 1000)


def quantiles(values: Sequence[float]) -> str:
    ordered = sorted(values)
    at = ((name, ordered[min(len(ordered) - 1, int(len(ordered) * q))]) for name, q in _TOLD)
    told = ", ".join(f"{name} {value:.1f}" for name, value in at)
    return f"{told}, max {ordered[-1]:.1f} ({len(ordered):,} values)"
