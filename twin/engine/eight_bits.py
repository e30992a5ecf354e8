"""Weights in 8 bits, for answers on a processor: each word that is written reads all of them.

Each row of a matrix has a scale of its own, by rounding alone. Norms and biases stay as they are.
"""

from typing import Any

import torch

from twin.config.schema import ModelSettings

MOST = 127
ROWS = 4096  # at once: in float32 they take four times their memory


def in_8_bits(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Whole numbers from -127 to 127 (rows, columns), and the scale of each row (rows, 1) in
    float32, which multiplies them.
    """
    scales = weight.abs().amax(dim=1, keepdim=True).float() / MOST
    scales[scales == 0] = 1.0
    numbers = torch.empty(weight.shape, dtype=torch.int8)
    for begin in range(0, len(weight), ROWS):
        part = slice(begin, begin + ROWS)
        numbers[part] = (weight[part].float() / scales[part]).round_().to(torch.int8)
    return numbers, scales


def compression(settings: ModelSettings) -> tuple[bool, str]:
    """Whether answers on a processor are computed with weights in 8 bits, and why.

    "auto": where it was measured to be faster (docs/benchmarks.md).
    """
    if settings.compress != "auto":
        return settings.compress == "on", "set in the config"
    if torch.cpu._is_amx_tile_supported():
        return False, "the processor has AMX, with which it was not measured"
    if not torch.cpu._is_avx512_supported():
        return False, "the processor has no AVX-512, without which it was not measured"
    return True, "the processor has AVX-512, and writing is reading weights"


@torch.no_grad()
def round_to_8_bits(network: Any) -> None:
    """Make torch's weights those that are answered with, but for the last digit of their precision.

    Doing so twice changes nothing more, even in bfloat16, whose error is less than half a step: so
    a network that was rounded gives the very numbers that it would have given before.
    """
    for module in network.modules():
        if isinstance(module, torch.nn.Linear | torch.nn.Embedding):
            numbers, scales = in_8_bits(module.weight)
            for begin in range(0, len(numbers), ROWS):
                part = slice(begin, begin + ROWS)
                module.weight[part] = (numbers[part] * scales[part]).to(module.weight.dtype)
