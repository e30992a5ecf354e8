"""What makes a step of LoRA training faster without changing what is learnt.

Measured on two cores with SmolLM2-135M, see docs/experiments.md.
"""

import contextlib
import ctypes
import sys
from functools import partial
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
    shared = _SharedDropout()
    for module in model.modules():
        if isinstance(module, LoraLinear) and type(module.base_layer) is nn.Linear:
            module.forward = partial(_forward, module, shared)


def _keep_freed_memory() -> None:
    """Let glibc reuse what a step frees. Otherwise every step gets it anew, page by page."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):  # another C library
            libc = ctypes.CDLL(None)
            libc.mallopt(M_MMAP_MAX, 0)
            libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)


class _SharedDropout:
    """One drawing for all adapters that read the same input (q, k, v; gate, up).

    It takes one random byte a value, not one 64-bit number: the generator of a CPU runs on one
    core and took a fifth of a step. So the probability is rounded to 1/256.
    """

    def __init__(self) -> None:
        self._input: torch.Tensor | None = None
        self._cut = 0
        self._drawn: tuple[torch.Tensor, torch.Tensor | None]

    def __call__(
        self, values: torch.Tensor, probability: float
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """(values as rows with the dropped ones zero, which were dropped), not scaled."""
        cut = share_of_bytes(probability)
        if self._input is not values or self._cut != cut:
            self._input, self._cut = values, cut
            self._drawn = self._draw(values.detach().flatten(0, -2), cut)
        return self._drawn

    def _draw(self, rows: torch.Tensor, cut: int) -> tuple[torch.Tensor, torch.Tensor | None]:
        if not cut:
            return rows, None
        count = rows.numel()
        words = torch.empty((count + 7) // 8, dtype=torch.int64, device=rows.device)
        words.random_(-(2**63), None)
        dropped = words.view(torch.uint8)[:count].view(rows.shape) < cut
        return rows.masked_fill(dropped, 0), dropped


def share_of_bytes(probability: float) -> int:
    """How many of 256 byte values mean "dropped"."""
    return min(255, round(probability * 256))


def _forward(module: Any, shared: _SharedDropout, values: torch.Tensor) -> torch.Tensor:
    """A LoRA layer as peft computes it, for the one adapter that is trained."""
    [name] = module.active_adapters
    dropout = module.lora_dropout[name]
    probability = dropout.p if module.training and isinstance(dropout, nn.Dropout) else 0.0
    rows, dropped = shared(values, probability)
    scale = module.scaling[name] * 256 / (256 - share_of_bytes(probability))
    base = module.base_layer
    product: torch.Tensor = _LoraProduct.apply(  # type: ignore[no-untyped-call]
        values,
        rows,
        dropped,
        base.weight,
        base.bias,
        module.lora_A[name].weight,
        module.lora_B[name].weight,
        scale,
    )
    return product


class _LoraProduct(torch.autograd.Function):
    """x Wᵀ + b + scale · dropout(x) Aᵀ Bᵀ with the base's W and b frozen.

    In the base's precision; A and B are float32 and so are their gradients. Against autograd's own
    path it saves the casts, the scaling and the sum as passes of their own.
    """

    @staticmethod
    def forward(
        ctx: Any,
        values: torch.Tensor,
        rows: torch.Tensor,
        dropped: torch.Tensor | None,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        down: torch.Tensor,
        up: torch.Tensor,
        scale: float,
    ) -> torch.Tensor:
        down, up = down.to(values.dtype), up.to(values.dtype)
        product = nn.functional.linear(values, weight, bias)
        inner = rows @ down.t()
        product.view(-1, product.shape[-1]).addmm_(inner, up.t(), alpha=scale)
        ctx.save_for_backward(rows, dropped, weight, down, up, inner)
        ctx.scale = scale
        return product

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        rows, dropped, weight, down, up, inner = ctx.saved_tensors
        flat = gradient.flatten(0, -2)
        to_inner = (flat @ up).mul_(ctx.scale)
        to_up = (flat.t() @ inner).float().mul_(ctx.scale)
        to_down = (to_inner.t() @ rows).float()
        to_values = None
        if ctx.needs_input_grad[0]:
            by_adapter = to_inner @ down
            if dropped is not None:
                by_adapter.masked_fill_(dropped, 0)
            to_values = (flat @ weight).add_(by_adapter).view(*gradient.shape[:-1], -1)
        return to_values, None, None, None, None, to_down, to_up, None
