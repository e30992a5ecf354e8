from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from training.loss import collate, label_losses
from training.speed import speed_up

BATCH = collate(
    [
        {"input_ids": [5, 6, 7, 8], "labels": [-100, -100, 7, 8]},
        {"input_ids": [9, 10], "labels": [-100, 10]},
    ]
)


def lora(base: Path, dropout: float = 0.0) -> Any:
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_pretrained(base)
    config = LoraConfig(
        task_type="CAUSAL_LM", r=4, lora_dropout=dropout, target_modules="all-linear"
    )
    model = get_peft_model(model, config)
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights)  # at its start, zero, the adapter does nothing
    return model.train()


def total_loss(model: Any) -> torch.Tensor:
    return label_losses(model, BATCH)[0].sum()


def gradients(model: Any) -> dict[str, torch.Tensor]:
    torch.autograd.backward(total_loss(model))
    return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def test_the_fast_path_gives_the_libraries_own_loss_and_gradients(tiny_base: Path) -> None:
    slow, fast = lora(tiny_base), lora(tiny_base)
    speed_up(fast)
    assert total_loss(fast).item() == pytest.approx(total_loss(slow).item())
    expected, found = gradients(slow), gradients(fast)
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        assert torch.allclose(gradient, expected[name], atol=1e-4), name


def test_dropout_is_left_to_the_libraries(tiny_base: Path) -> None:
    model = lora(tiny_base, dropout=0.5)
    calm = total_loss(model.eval())
    speed_up(model)
    assert torch.allclose(total_loss(model), calm)
    model.train()
    losses = {total_loss(model).item() for _ in range(4)}
    assert len(losses) == 4
