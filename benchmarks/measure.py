"""Measure time and memory of processes and the lag of event loops; print medians and quantiles."""

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
PROBE_S = 0.005
QUANTILES = (("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999))


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process used from its start to its end, and `output`, what it measured itself.

    `seconds` on the clock; memory in MB (10^6 bytes).
    """

    seconds: float
    processor_seconds: float
    peak_mb: float
    output: dict[str, Any] = field(default_factory=dict)


def measure_process(arguments: list[str], *, reads_json: bool = True) -> Usage:
    """Run Python with these arguments; read the last line of its output as JSON, if at all."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    printed = process.stdout.read()
    process.stdout.close()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    output = json.loads(printed.splitlines()[-1]) if reads_json else {}
    return Usage(seconds, used.ru_utime + used.ru_stime, _peak_mb(used), output)


def _peak_mb(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / 1e6 if sys.platform == "darwin" else used.ru_maxrss * 1024 / 1e6


def spread(values: list[float]) -> str:
    """The median, with minimum and maximum where there is more than one value."""
    if len(values) == 1:
        return f"{values[0]:.2f}"
    return f"{median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def peak_gb() -> float:
    """Peak memory of this process so far, in GB (10^9 bytes)."""
    return _peak_mb(resource.getrusage(resource.RUSAGE_SELF)) / 1e3


async def probe_lag(lags: list[float]) -> None:
    """Until it is cancelled, append by how many milliseconds each short sleep was too long."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(PROBE_S)
        lags.append((time.perf_counter() - before - PROBE_S) * 1000)


def quantiles(values: Sequence[float]) -> str:
    ordered = sorted(values)
    texts = [f"{name} {_quantile(ordered, q):.1f}" for name, q in QUANTILES]
    return f"{', '.join(texts)}, max {ordered[-1]:.1f} ({len(ordered):,} values)"


def _quantile(ordered: Sequence[float], q: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * q))]
