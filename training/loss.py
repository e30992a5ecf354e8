"""The loss per label token, with logits computed at label positions only."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from twin.prompts import IGNORED

Batch = dict[str, torch.Tensor]


def collate(samples: Sequence[dict[str, Any]]) -> Batch:
    """Right-padded tensors. The padding is masked, so which token pads does not matter."""
    width = max(len(sample["input_ids"]) for sample in samples)

    def padded(key: str, value: int) -> torch.Tensor:
        return torch.tensor([s[key] + [value] * (width - len(s[key])) for s in samples])

    ones = [[1] * len(s["input_ids"]) + [0] * (width - len(s["input_ids"])) for s in samples]
    return {
        "input_ids": padded("input_ids", 0),
        "labels": padded("labels", IGNORED),
        "attention_mask": torch.tensor(ones),
    }


def parts_of(batch: Batch, tokens: int) -> list[Batch]:
    """The batch cut into groups of whole samples of at most `tokens` padded tokens, one at least.

    Each part loses the padding that only a longer sample of another part called for.
    """
    count, width = batch["input_ids"].shape
    at_once = max(1, tokens // width)
    parts = []
    for start in range(0, count, at_once):
        part = {name: rows[start : start + at_once] for name, rows in batch.items()}
        longest = int(part["attention_mask"].sum(dim=1).max())
        parts.append({name: rows[:, :longest] for name, rows in part.items()})
    return parts


def label_loss(model: Any, batch: Batch) -> tuple[torch.Tensor, int]:
    """(sum of the loss over the label tokens, their number).

    With a vocabulary of 50,000 to 260,000 words the output layer costs more than a small model's
    other layers, and most positions of a prompt have no label.
    """
    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    hidden = causal.base_model(
        input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], use_cache=False
    ).last_hidden_state
    targets = batch["labels"][:, 1:]
    chosen = targets != IGNORED
    logits = causal.get_output_embeddings()(hidden[:, :-1][chosen])
    return cross_entropy(logits.float(), targets[chosen], reduction="sum"), int(chosen.sum())


def full_loss(model: Any, batch: Batch) -> tuple[torch.Tensor, int]:
    """The same by the model's own forward pass, for models whose output layer is special."""
    logits = model(
        input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], use_cache=False
    ).logits
    targets = batch["labels"][:, 1:]
    chosen = targets != IGNORED
    loss = cross_entropy(logits[:, :-1][chosen].float(), targets[chosen], reduction="sum")
    return loss, int(chosen.sum())


@torch.inference_mode()
def short_cut_holds(model: Any, batch: Batch) -> bool:
    """Whether `label_loss` is right for this model: some scale or cap their logits afterwards."""
    was_training = model.training
    model.eval()
    try:
        mine, count = label_loss(model, batch)
    except (AttributeError, TypeError):
        return False
    finally:
        model.train(was_training)
    model.eval()
    reference, _ = full_loss(model, batch)
    model.train(was_training)
    return bool(abs(mine - reference) / max(count, 1) < 0.02)


@torch.inference_mode()
def mean_loss(model: Any, samples: Sequence[dict[str, Any]], batch_size: int) -> float | None:
    """Loss per label token over all samples; None when there is no label."""
    was_training = model.training
    model.eval()
    # Equal lengths side by side: padding is computed like words.
    ordered = sorted(samples, key=lambda sample: len(sample["input_ids"]))
    total, count = 0.0, 0
    loss_of = (
        label_loss if not ordered or short_cut_holds(model, _on(model, ordered[:1])) else full_loss
    )
    for start in range(0, len(ordered), batch_size):
        loss, labels = loss_of(model, _on(model, ordered[start : start + batch_size]))
        total += float(loss)
        count += labels
    model.train(was_training)
    return total / count if count else None


def _on(model: Any, samples: Sequence[dict[str, Any]]) -> Batch:
    device = next(model.parameters()).device
    return {name: tensor.to(device) for name, tensor in collate(samples).items()}
