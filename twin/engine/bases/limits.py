"""What this process may use of the machine: a container has less than there is.

Linux's cgroup v2 and the processors it is bound to; elsewhere what psutil says of the machine.
"""

import math
import os
import re
from pathlib import Path

import psutil

CGROUP = Path("/sys/fs/cgroup")


def usable_cores() -> int:
    """Cores, not threads of them, at least one."""
    there = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else there
    return max(1, min(there, bound, _quota() or there))


def usable_memory() -> tuple[int, int]:
    """Free and in all, in bytes."""
    memory = psutil.virtual_memory()
    limit, used = _read("memory.max"), _read("memory.current")
    if not (limit.isdecimal() and used.isdecimal()):
        return memory.available, memory.total
    # The kernel drops what it read of files as soon as memory is wanted.
    cached = re.search(r"^inactive_file (\d+)$", _read("memory.stat"), re.MULTILINE)
    free = int(limit) - int(used) + (int(cached[1]) if cached else 0)
    return max(0, min(memory.available, free)), min(memory.total, int(limit))


def _quota() -> int:
    """So many cores may be busy at once; 0 for all."""
    quota = re.fullmatch(r"(\d+) ([1-9]\d*)", _read("cpu.max"))
    return math.ceil(int(quota[1]) / int(quota[2])) if quota else 0


def _read(name: str) -> str:
    """Of this container; nothing where there is none."""
    try:
        return (CGROUP / name).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
