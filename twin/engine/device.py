"""Choose what the model is computed on, and in which precision."""

import logging

import torch

from twin.config.schema import ALL_GPUS, ModelSettings

log = logging.getLogger(__name__)


def choose_device(settings: ModelSettings) -> str:
    """[model] device, or the fastest that there is: "cuda", "mps" or "cpu"; "cuda" for all GPUs."""
    if settings.device == ALL_GPUS:
        return "cuda"
    if settings.device != "auto":
        return settings.device
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def choose_dtype(settings: ModelSettings) -> torch.dtype:
    """As `dtype_and_reason`. The reason is logged."""
    chosen, reason = dtype_and_reason(settings)
    log.info("weights in %s: %s", str(chosen).removeprefix("torch."), reason)
    return chosen


def dtype_and_reason(settings: ModelSettings) -> tuple[torch.dtype, str]:
    """[model] dtype, or bfloat16 where the hardware multiplies it and float32 elsewhere, where
    bfloat16 would be slower.
    """
    device = choose_device(settings)
    if settings.dtype != "auto":
        chosen, reason = getattr(torch, settings.dtype), "set in the config"
    elif device.startswith("cuda"):
        chosen, reason = torch.bfloat16, "a CUDA GPU"
    elif device == "cpu" and torch.cpu._is_avx512_bf16_supported():
        chosen, reason = torch.bfloat16, "the CPU has avx512_bf16"
    else:
        chosen, reason = torch.float32, f"{device} has no fast bfloat16"
    assert isinstance(chosen, torch.dtype)
    return chosen, reason
