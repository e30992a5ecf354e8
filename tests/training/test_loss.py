from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from training.loss import (
    collate,
    full_losses,
    label_losses,
    mean_loss,
    parts_of,
    sample_losses,
    short_cut_holds,
)
from training.trainer import GroupedByLength

SAMPLES = [
    {"input_ids": [5, 6, 7, 8], "labels": [-100, -100, 7, 8]},
    {"input_ids": [9, 10], "labels": [-100, 10]},
]


def test_the_short_cut_gives_the_models_own_loss(tiny_base: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_base)
    batch = collate(SAMPLES)
    mine, owners = label_losses(model, batch)
    assert owners.tolist() == [0, 0, 1]
    batch.pop("weights")
    assert torch.isclose(mine.mean(), model(**batch).loss, atol=1e-5)


def test_each_sample_has_its_own_loss_however_they_are_batched(tiny_base: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_base)
    mine = label_losses(model, collate(SAMPLES))[0].tolist()
    for batch_size in (1, 2):
        first, second = sample_losses(model, SAMPLES, batch_size)
        assert [*first, *second] == pytest.approx([sum(mine[:2]), 2, mine[2], 1], abs=1e-4)
        assert mean_loss([first, second]) == pytest.approx(sum(mine) / 3, abs=1e-4)
    assert sample_losses(model, [], 1) == []
    assert mean_loss([]) is None


def test_the_short_cut_is_not_taken_where_logits_are_changed_afterwards(tiny_base: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_base)

    def capped(_: object, __: object, output: object) -> object:
        output.logits = output.logits * 30  # type: ignore[attr-defined]
        return output

    model.register_forward_hook(capped)
    batch = collate(SAMPLES)
    assert not short_cut_holds(model, batch)
    losses, _ = full_losses(model, batch)
    found = mean_loss(sample_losses(model, SAMPLES, 2))
    assert found == pytest.approx(losses.mean().item())


@pytest.mark.parametrize("tokens", [1, 8, 12, 1000])
def test_the_gradients_of_the_parts_add_up_to_the_batches(tiny_base: Path, tokens: int) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_base)
    batch = collate([*SAMPLES, *SAMPLES])

    def gradient(parts: list[dict[str, torch.Tensor]]) -> torch.Tensor:
        model.zero_grad()
        for part in parts:
            torch.autograd.backward(label_losses(model, part)[0].sum())
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
