"""How fast this machine multiplies matrices and reads memory: a process of its own prints it.

In the bot's process one thread could not be asked for without slowing down the others.
"""

import json
import sys
import time
from collections.abc import Callable

import torch

from twin.config.schema import ModelSettings
from twin.engine.device import choose_device, choose_dtype

# Rows and width of the matrices, and bytes to read. On a processor small enough to finish before
# other programs get the core, so that the best of many is the machine's own, and more than its
# caches hold; on a GPU large enough that starting them takes no share of the time.
ON_CPU, ON_GPU = (256, 1024, 2**26), (4096, 4096, 2**29)
SECONDS_EACH = 0.7


def main() -> None:
    """Print what was measured, as JSON; [model] as JSON is the argument."""
    settings = ModelSettings.model_validate_json(sys.argv[1])
    device, dtype = choose_device(settings), choose_dtype(settings)
    torch.set_num_threads(1)
    found = {
        "device": device.partition(":")[0],
        "dtype": str(dtype).removeprefix("torch."),
        "dtype_bytes": dtype.itemsize,
        **_speed(device, dtype),
        **_gpu(device),
    }
    print(json.dumps(found))


def _gpu(device: str) -> dict[str, object]:
    if not device.startswith("cuda"):
        return {}
    free, total = torch.cuda.mem_get_info(device)
    return {
        "gpu": torch.cuda.get_device_name(device),
        "gpu_free": free,
        "gpu_total": total,
        "gpus": torch.cuda.device_count(),
    }


def _speed(device: str, dtype: torch.dtype) -> dict[str, float]:
    """Floating point operations and bytes a second, of one core or the whole GPU."""
    rows, width, size = ON_CPU if device == "cpu" else ON_GPU
    values = torch.ones(rows, width, device=device, dtype=dtype)
    weights = torch.ones(width, width, device=device, dtype=dtype)
    words = torch.ones(size // 4, device=device, dtype=torch.int32)
    # Only a number that was brought back was surely computed, on a GPU.
    multiply = _best(lambda: (values @ weights)[0, 0].item())
    read = _best(lambda: words.max().item())
    return {"flops": 2 * rows * width * width / multiply, "bandwidth": size / read}


def _best(call: Callable[[], object]) -> float:
    """The least seconds of a call."""
    call()
    best, end = float("inf"), time.perf_counter() + SECONDS_EACH
    while True:
        started = time.perf_counter()
        call()
        now = time.perf_counter()
        best = min(best, now - started)
        if now >= end:
            return best


if __name__ == "__main__":
    main()
