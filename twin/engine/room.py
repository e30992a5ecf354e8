"""Room for others: where the model is, and how its memory goes back."""

import ctypes
import gc
import sys

from twin.config import Config


def uses_gpu(config: Config) -> bool:
    """Whether the model is anywhere else than in the processor's memory."""
    if config.model.device != "auto":
        return config.model.device != "cpu"
    from twin.engine.model import choose_device

    return choose_device(config) != "cpu"


def on_cpu(config: Config) -> Config:
    """The same twin, answering from the processor, which computes with whole weights alone."""
    changes = {"device": "cpu", "quantize": "none"}
    return config.model_copy(update={"model": config.model.model_copy(update=changes)})


def release_memory() -> None:
    """Give the memory of dropped models back: torch keeps the GPU's for itself otherwise, and
    glibc the processor's. Where torch isn't loaded, there is none of the GPU.
    """
    gc.collect()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)  # musl has none and needs none
    torch = sys.modules.get("torch")
    if torch is not None and torch.accelerator.is_available():
        torch.accelerator.empty_cache()
