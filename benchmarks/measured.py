"""One piece of work in a process of its own: seconds, processor seconds and memory."""

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Measured:
    """`seconds` on the clock, from the process's start to its end; `worked` on the processor;
    `told` is what the process itself measured.
    """

    seconds: float
    worked: float
    peak_mb: float
    told: dict[str, Any] = field(default_factory=dict)


def measure(arguments: list[str], *, json_tells: bool = True) -> Measured:
    """Run Python with these arguments; the last line that it prints is JSON, or is not read."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    output = process.stdout.read()
    process.stdout.close()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    told = json.loads(output.splitlines()[-1]) if json_tells else {}
    return Measured(seconds, used.ru_utime + used.ru_stime, _peak_mb(used), told)


def _peak_mb(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / 1e6 if sys.platform == "darwin" else used.ru_maxrss * 1024 / 1e6


def spread(values: list[float]) -> str:
    """The median, and the least and most where there is more than one."""
    if len(values) == 1:
        return f"{values[0]:.2f}"
    return f"{median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def peak_gb() -> float:
    """This process's largest memory so far."""
    return _peak_mb(resource.getrusage(resource.RUSAGE_SELF)) / 1e3
