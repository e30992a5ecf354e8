"""Compile a model's layers: what lies between a step's products becomes a few fused passes.

torch writes C++ for them, so it needs a compiler and Python's headers. Without these nothing
changes but the time. Measured in docs/experiments.md.
"""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft.tuners.lora import Linear as LoraLinear
from transformers.modeling_layers import GradientCheckpointingLayer

from training.dataset.encoding import Encoded
from training.loss import TOKENS_AT_ONCE, Batch, LossesOf, batch_on, parts_of
from training.speed import FastLora

log = logging.getLogger(__name__)

# Compiling takes 30 to 45 s once, later 10 s, and saves a millisecond a token with a small base.
WORTHWHILE_TOKENS = 40_000


def compile_layers(
    model: Any, losses_of: LossesOf, batch: Sequence[Encoded], tokens: int, cache: Path
) -> bool:
    """Compile the layers of a model that was sped up; whether that was worth while and worked.

    `batch` holds the sequences to try them on, `tokens` how many will be trained, `cache` the
    folder for compiled code, which the next night finds there.
    """
    layers = [
        module for module in model.modules() if isinstance(module, GradientCheckpointingLayer)
    ]
    against = _reason_against(model, layers, tokens)
    if against is None:
        # Not torch's own place under /tmp: somebody else's code must never be found there.
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(cache)
        part = parts_of(batch_on(model, batch), TOKENS_AT_ONCE)[0]
        against = _try(model, layers, losses_of, part)
    log.info("layers %s", f"not compiled: {against}" if against else "compiled")
    return against is None


def _reason_against(model: Any, layers: list[Any], tokens: int) -> str | None:
    if model.device.type != "cpu":
        return f"that was only tried on a CPU, not on {model.device.type}"
    if tokens < WORTHWHILE_TOKENS:
        return f"{tokens} tokens are trained sooner than that"
    if not layers:
        return "the model has none that transformers knows"
    if not all(isinstance(m, FastLora) for m in model.modules() if isinstance(m, LoraLinear)):
        return "[train] dropout or layers of another kind"
    return None


def _try(model: Any, layers: list[Any], losses_of: LossesOf, batch: Batch) -> str | None:
    """Compile and run one step there and back; what went wrong, with everything as before."""
    # Without gradients at its input the first layer would need code of its own.
    model.enable_input_require_grads()
    for layer in layers:
        layer.compile(dynamic=True)
    try:
        torch.autograd.backward(losses_of(model, batch)[0].sum())
    except (RuntimeError, OSError, ImportError) as error:
        for layer in layers:
            layer._compiled_call_impl = None
        model.disable_input_require_grads()
        return str(error).strip().partition("\n")[0] or type(error).__name__
    finally:
        model.zero_grad()
    # A shape that the code is not for, as a sequence alone, takes the plain path: compiling again
    # in the middle of a run costs more than it saves.
    torch.compiler.set_stance("eager_on_recompile")
    return None
