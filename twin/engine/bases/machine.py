"""Measure this machine: memory, disk, and how fast it multiplies and reads."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace

from storage.errors import TwinError, cause_of
from storage.texts import Text
from twin.child_process import process_options
from twin.config.schema import Config
from twin.engine.bases.limits import usable_cores, usable_memory

TIMEOUT_S = 60.0  # torch alone takes ten seconds to load on a busy machine
# One core reads about half of what all of them together can.
READING_CORES = 2


@dataclass(frozen=True, slots=True)
class Machine:
    """device: "cpu", "cuda" or "mps". dtype_bytes: of a weight in memory.

    In bytes: memory_free, memory_total (of the processor), gpu_free, gpu_total (of one of `gpus`),
    disk_free (where the data folder is). flops: floating point operations a second in products of
    matrices. bandwidth: bytes read a second. Both are the best of many tries, as on a quiet
    machine.
    """

    device: str
    dtype: str
    dtype_bytes: int
    flops: float
    bandwidth: float
    cores: int = 1
    memory_free: int = 0
    memory_total: int = 0
    disk_free: int = 0
    gpu: str = ""
    gpu_free: int = 0
    gpu_total: int = 0
    gpus: int = 0


def measure_machine(config: Config) -> Machine:
    """As [model] device and dtype have it. Blocks for some four seconds, most of them for torch.

    Raises TwinError where torch can't be used.
    """
    one = _measured(config)
    folder = next(path for path in (config.data, *config.data.parents) if path.exists())
    cores, (free, total) = usable_cores(), usable_memory()
    on_cpu = one.device == "cpu"
    return replace(
        one,
        flops=one.flops * (cores if on_cpu else 1),
        bandwidth=one.bandwidth * (min(cores, READING_CORES) if on_cpu else 1),
        cores=cores,
        memory_free=free,
        memory_total=total,
        disk_free=shutil.disk_usage(folder).free,
    )


def _measured(config: Config) -> Machine:
    """One core, or the GPU."""
    command = [sys.executable, "-m", "twin.engine.bases.speed", config.model.model_dump_json()]
    options = process_options(idle=False) | {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    try:
        ran = subprocess.run(command, check=True, text=True, timeout=TIMEOUT_S, **options)
        return Machine(**json.loads(ran.stdout.splitlines()[-1]))
    except subprocess.CalledProcessError as error:
        cause = (error.stderr or "").strip().rpartition("\n")[2][:200]
        raise _unmeasured(cause) from error
    except (OSError, subprocess.SubprocessError, ValueError, IndexError, TypeError) as error:
        raise _unmeasured(cause_of(error)) from error


def _unmeasured(cause: str) -> TwinError:
    return TwinError(
        Text(
            "this machine can't be measured ({cause}); `bot.py doctor` looks for more", cause=cause
        )
    )
