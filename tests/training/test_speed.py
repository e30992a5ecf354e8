import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from tests.tiny import tiny_lora
from training.loss import collate, label_losses
from training.speed import free_memory, speed_up

BATCH = collate(
    [
        {"input_ids": [5, 6, 7, 8], "labels": [-100, -100, 7, 8]},
        {"input_ids": [9, 10], "labels": [-100, 10]},
    ]
)


def total_loss(model: Any) -> torch.Tensor:
    return label_losses(model, BATCH)[0].sum()


def gradients(model: Any) -> dict[str, torch.Tensor]:
    torch.autograd.backward(total_loss(model))
    return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def test_the_fast_path_gives_the_libraries_own_loss_and_gradients(tiny_base: Path) -> None:
    slow, fast = tiny_lora(tiny_base), tiny_lora(tiny_base)
    speed_up(fast)
    assert total_loss(fast).item() == pytest.approx(total_loss(slow).item())
    expected, found = gradients(slow), gradients(fast)
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        assert torch.allclose(gradient, expected[name], atol=1e-4), name


def test_dropout_is_left_to_the_libraries(tiny_base: Path) -> None:
    model = tiny_lora(tiny_base, dropout=0.5)
    calm = total_loss(model.eval())
    speed_up(model)
    assert torch.allclose(total_loss(model), calm)
    model.train()
    losses = {total_loss(model).item() for _ in range(4)}
    assert len(losses) == 4


@pytest.mark.skipif(sys.platform != "linux", reason="mallopt and malloc_trim are glibc's")
def test_what_a_training_held_goes_back_to_the_system(tiny_base: Path) -> None:
    speed_up(tiny_lora(tiny_base))
    held = [torch.ones(2**18) for _ in range(100)]  # a megabyte each
    process = psutil.Process()
    before = process.memory_info().rss
    del held
    free_memory()
    assert process.memory_info().rss < before - 80 * 2**20
