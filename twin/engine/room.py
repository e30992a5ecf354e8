"""What making room on the GPU needs to know: where the model is, and how to be rid of it."""

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
    """The same twin, answering from the processor."""
    return config.model_copy(update={"model": config.model.model_copy(update={"device": "cpu"})})


def release_memory() -> None:
    """Give the GPU's memory of dropped models back: torch keeps it for itself otherwise.

    Where torch isn't loaded, there is none.
    """
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.accelerator.is_available():
        torch.accelerator.empty_cache()
