from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from training.loss import collate, full_loss, label_loss, mean_loss, parts_of, short_cut_holds
from training.trainer import GroupedByLength

SAMPLES = [
    {"input_ids": [5, 6, 7, 8], "labels": [-100, -100, 7, 8]},
    {"input_ids": [9, 10], "labels": [-100, 10]},
]


def test_the_short_cut_gives_the_models_own_loss(tiny_base: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_base)
    batch = collate(SAMPLES)
    mine, count = label_loss(model, batch)
    assert count == 3
    assert torch.isclose(mine / count, model(**batch).loss, atol=1e-5)
    assert mean_loss(model, SAMPLES, 1) == pytest.approx(float(mine.detach()) / 3, abs=1e-5)
    assert mean_loss(model, [], 1) is None


def test_the_short_cut_is_not_taken_where_logits_are_changed_afterwards(tiny_base: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_base)

    def capped(_: object, __: object, output: object) -> object:
        output.logits = output.logits * 30  # type: ignore[attr-defined]
        return output

    model.register_forward_hook(capped)
    batch = collate(SAMPLES)
    assert not short_cut_holds(model, batch)
    total, count = full_loss(model, batch)
    assert mean_loss(model, SAMPLES, 2) == pytest.approx(float(total.detach()) / count)


@pytest.mark.parametrize("tokens", [1, 8, 12, 1000])
def test_the_gradients_of_the_parts_add_up_to_the_batches(tiny_base: Path, tokens: int) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_base)
    batch = collate([*SAMPLES, *SAMPLES])

    def gradient(parts: list[dict[str, torch.Tensor]]) -> torch.Tensor:
        model.zero_grad()
        for part in parts:
            torch.autograd.backward(label_loss(model, part)[0])
        found = model.get_input_embeddings().weight.grad
        assert found is not None
        return torch.clone(found)

    parts = parts_of(batch, tokens)
    assert sum(len(part["labels"]) for part in parts) == 4
    assert all(len(p["labels"]) == 1 or p["labels"].numel() <= tokens for p in parts)
    assert torch.allclose(gradient(parts), gradient([batch]), atol=1e-5)


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    def order(epoch: int) -> list[int]:
        sampler = GroupedByLength(4, list(range(40)), seed=3)
        sampler.set_epoch(epoch)
        return list(sampler)

    first = order(0)
    torch.rand(5)
    assert order(0) == first != order(1)
    assert sorted(order(1)) == list(range(40))
