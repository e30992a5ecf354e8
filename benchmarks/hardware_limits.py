"""The upper limits of the machine: matrix products in training, reading weights in answering."""

import time
from collections.abc import Callable
from statistics import median

import torch
from torch.nn.functional import linear

from benchmarks import shared_inputs
from twin.config.schema import Config
from twin.engine.device import choose_dtype
from twin.engine.model import load_base

REPEATS = 30


def limit_training(config: Config) -> dict[str, float]:
    """Tokens a second if a step were its matrix products only, each at the rate measured here.

    Forward and the gradient of the input for every frozen weight (4 × parameters × tokens floating
    point operations), the output layer at label positions only. LoRA's own products are left out.
    """
    network = load_base(config, choose_dtype(config.model))
    samples = shared_inputs.encoded(config)
    tokens = sum(len(sample["input_ids"]) for sample in samples)
    labels = sum(label >= 0 for sample in samples for label in sample["labels"])
    rows = config.train.batch_size * tokens // len(samples)
    head = network.get_output_embeddings().weight
    per_step = sum(
        _forward_and_backward(weight, rows)
        for name, weight in network.named_parameters()
        if weight.dim() == 2 and "embed" not in name and weight is not head
    ) + _forward_and_backward(head, rows * labels // tokens)
    return {"seconds": per_step, "tokens": rows}


def limit_answering(config: Config) -> dict[str, float]:
    """Tokens a second if a token were reading every weight once, at the rate measured here."""
    network = load_base(config, choose_dtype(config.model))
    weights = [weight for weight in network.parameters() if weight.dim() == 2]
    size = sum(weight.numel() * weight.element_size() for weight in weights)
    words = torch.ones(size // 8, dtype=torch.int64)
    return {"seconds": _seconds(words.sum), "tokens": 1, "gb": size / 1e9}


def _forward_and_backward(weight: torch.Tensor, rows: int) -> float:
    """Seconds for `rows` tokens; `weight` is (outputs, inputs)."""
    out, into = weight.shape
    values = torch.randn(rows, into).to(weight.dtype)
    gradient = torch.randn(rows, out).to(weight.dtype)
    with torch.inference_mode():
        forward = _seconds(lambda: linear(values, weight))
        return forward + _seconds(lambda: gradient @ weight)


def _seconds(call: Callable[[], object]) -> float:
    call()
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return median(times)
