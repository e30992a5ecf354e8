"""Make a step of LoRA training faster without changing what is learnt, and free its memory.

LoRA: Hu et al. 2021, arXiv:2106.09685.

Measured on two cores with SmolLM2-135M, see docs/experiments.md.
"""

import contextlib
import ctypes
import gc
import sys
from typing import Any

import torch
from peft.tuners.lora import Linear as LoraLinear
from torch import nn

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # malloc.h of glibc
KEPT_BYTES = 2**31 - 1


def speed_up(model: Any) -> None:
    """Prepare a peft model whose base is frozen. Layers of other kinds stay as they are."""
    if model.device.type == "cpu":
        # The fused kernel's backward pass is slower than plain products at the length of a chat.
        with contextlib.suppress(ValueError):  # a model with one implementation only keeps it
            model.get_base_model().set_attn_implementation("eager")
        _keep_freed_memory()
    for module in model.modules():
        if isinstance(module, LoraLinear) and _is_plain(module):
            module.__class__ = FastLora


def _is_plain(module: Any) -> bool:
    """With dropout the libraries' own path is taken, which is slower by half."""
    [dropout] = module.lora_dropout.values()
    return type(module.base_layer) is nn.Linear and isinstance(dropout, nn.Identity)


def _keep_freed_memory() -> None:
    """Let glibc reuse what a step frees. Otherwise every step asks for it again, page by page."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):  # another C library
            libc = ctypes.CDLL(None)
            libc.mallopt(M_MMAP_MAX, 0)
            libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)


def free_memory() -> None:
    """Give back to the system what nothing holds any more.

    malloc keeps it for the next step, and what comes after training would come on top of it.
    """
    gc.collect()
    trim_memory()


def trim_memory() -> None:
    """Give back what malloc keeps: between steps of other lengths it becomes more and more."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


class FastLora(LoraLinear):  # type: ignore[misc]
    """A LoRA layer as peft computes it, for the one adapter that is trained.

    A class, so that equal layers have equal code: compiled, they share it.
    """

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(B, T, inputs) → (B, T, outputs)."""
        [name] = self.active_adapters
        base = self.base_layer
        product: torch.Tensor = _LoraProduct.apply(  # type: ignore[no-untyped-call]
            values,
            base.weight,
            base.bias,
            self.lora_A[name].weight,
            self.lora_B[name].weight,
            self.scaling[name],
        )
        return product


class _LoraProduct(torch.autograd.Function):
    """x Wᵀ + b + scale · x Aᵀ Bᵀ with the base's W and b frozen.

    x (B, T, inputs), W (outputs, inputs), b (outputs,), A `down` (rank, inputs), B `up` (outputs,
    rank). Gradients: for x, A and B.

    In the base's precision; A and B are float32 and so are their gradients. Against autograd's own
    path it saves the casts, the scaling and the sum as passes of their own.
    """

    @staticmethod
    def forward(
        ctx: Any,
        values: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        down: torch.Tensor,
        up: torch.Tensor,
        scale: float,
    ) -> torch.Tensor:
        down, up = down.to(values.dtype), up.to(values.dtype)
        product = nn.functional.linear(values, weight, bias)
        rows = values.flatten(0, -2)
        inner = rows @ down.t()
        product.view(-1, product.shape[-1]).addmm_(inner, up.t(), alpha=scale)
        ctx.save_for_backward(rows, weight, down, up, inner)
        ctx.scale = scale
        return product

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        rows, weight, down, up, inner = ctx.saved_tensors
        flat = gradient.flatten(0, -2)
        to_inner = (flat @ up).mul_(ctx.scale)
        to_up = (flat.t() @ inner).float().mul_(ctx.scale)
        to_down = (to_inner.t() @ rows).float()
        to_values = None
        if ctx.needs_input_grad[0]:
            to_values = (flat @ weight).addmm_(to_inner, down).view(*gradient.shape[:-1], -1)
        return to_values, None, None, to_down, to_up, None
