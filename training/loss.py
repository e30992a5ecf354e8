"""Compute the loss per label token, with logits at label positions only.

Shapes: B sequences of T padded tokens, N label tokens in all of them, V words of the vocabulary.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from twin.prompting.chat_template import IGNORED

# Padded tokens in memory at once: what it needs does not depend on the longest messages.
TOKENS_AT_ONCE = 1024
# `input_ids`, `labels` and `attention_mask`, each (B, T), and `weights` (B,)
Batch = dict[str, torch.Tensor]
Losses = tuple[torch.Tensor, torch.Tensor]  # of each label token (N,), and its sequence (N,)
LossesOf = Callable[[Any, Batch], Losses]


def collate(samples: Sequence[dict[str, Any]]) -> Batch:
    """Right-padded tensors (B, T). The padding is masked, so which token pads does not matter."""
    width = max(len(sample["input_ids"]) for sample in samples)

    def padded(key: str, value: int) -> torch.Tensor:
        return torch.tensor([s[key] + [value] * (width - len(s[key])) for s in samples])

    ones = [[1] * len(s["input_ids"]) + [0] * (width - len(s["input_ids"])) for s in samples]
    return {
        "input_ids": padded("input_ids", 0),
        "labels": padded("labels", IGNORED),
        "attention_mask": torch.tensor(ones),
        "weights": torch.tensor([float(sample.get("weight", 1.0)) for sample in samples]),
    }


def parts_of(batch: Batch, tokens: int) -> list[Batch]:
    """The batch cut into groups of whole sequences of at most `tokens` padded tokens, one at least;
    nothing of an empty batch.

    Each part loses the padding that only a longer sequence of another part called for. The parts
    are as even as can be: a sequence alone would need compiled code of its own.
    """
    count, width = batch["input_ids"].shape
    if not count:
        return []
    fewest = math.ceil(count / max(1, tokens // width))
    at_once = math.ceil(count / fewest)
    parts = []
    for start in range(0, count, at_once):
        part = {name: rows[start : start + at_once] for name, rows in batch.items()}
        longest = int(part["attention_mask"].sum(dim=1).max())
        parts.append({n: rows[:, :longest] if rows.dim() > 1 else rows for n, rows in part.items()})
    return parts


def label_losses(model: Any, batch: Batch) -> Losses:
    """Cross-entropy of each label token (N,), with logits (N, V) instead of (B, T, V).

    With a vocabulary of 50,000 to 260,000 words the output layer costs more than a small model's
    other layers, and most positions of a prompt have no label.
    """
    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    hidden = causal.base_model(
        input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], use_cache=False
    ).last_hidden_state
    return _losses(batch, lambda chosen: causal.get_output_embeddings()(hidden[:, :-1][chosen]))


def full_losses(model: Any, batch: Batch) -> Losses:
    """The same by the model's own forward pass, for models whose output layer is special."""
    logits = model(
        input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], use_cache=False
    ).logits
    return _losses(batch, lambda chosen: logits[:, :-1][chosen])


def _losses(batch: Batch, logits_at: Callable[[torch.Tensor], torch.Tensor]) -> Losses:
    """`logits_at`: a mask (B, T - 1) of the positions before a label → their logits (N, V)."""
    targets = batch["labels"][:, 1:]
    chosen = targets != IGNORED
    losses = cross_entropy(logits_at(chosen).float(), targets[chosen], reduction="none")
    return losses, chosen.nonzero()[:, 0]


def choose_losses(model: Any, samples: Sequence[dict[str, Any]]) -> LossesOf:
    """`label_losses` where it is right: some models scale or cap their logits afterwards."""
    return label_losses if short_cut_holds(model, batch_on(model, samples)) else full_losses


@torch.inference_mode()
def short_cut_holds(model: Any, batch: Batch) -> bool:
    """Whether `label_losses` gives what the model's own forward pass gives."""
    was_training = model.training
    model.eval()
    try:
        mine, _ = label_losses(model, batch)
        reference, _ = full_losses(model, batch)
    except (AttributeError, TypeError, ValueError, RuntimeError):
        return False
    finally:
        model.train(was_training)
    return bool(abs(mine.sum() - reference.sum()) / max(len(mine), 1) < 0.02)


@torch.inference_mode()
def sample_losses(
    model: Any, samples: Sequence[dict[str, Any]], batch_size: int
) -> list[tuple[float, int]]:
    """(sum of the loss over its label tokens, their number) of each sequence, in order."""
    if not samples:
        return []
    was_training = model.training
    model.eval()
    # Equal lengths side by side: padding is computed like words.
    order = sorted(range(len(samples)), key=lambda at: len(samples[at]["input_ids"]))
    losses_of = choose_losses(model, [samples[order[0]]])
    found: list[tuple[float, int]] = [(0.0, 0)] * len(samples)
    while order:
        # From the longest down, so that the first of a batch says how many fit.
        fitting = max(1, TOKENS_AT_ONCE // len(samples[order[-1]]["input_ids"]))
        chosen = [order.pop() for _ in range(min(batch_size, fitting, len(order)))]
        losses, sequences = losses_of(model, batch_on(model, [samples[at] for at in chosen]))
        sums = torch.zeros(len(chosen), device=losses.device).index_add_(0, sequences, losses)
        counts = sequences.bincount(minlength=len(chosen))
        for at, total, count in zip(chosen, sums.tolist(), counts.tolist(), strict=True):
            found[at] = (total, count)
    model.train(was_training)
    return found


def mean_loss(losses: Sequence[tuple[float, int]]) -> float | None:
    """Loss per label token over all sequences; None when there is no label."""
    count = sum(labels for _, labels in losses)
    return sum(total for total, _ in losses) / count if count else None


def batch_on(model: Any, samples: Sequence[dict[str, Any]]) -> Batch:
    """The sequences as one batch, on the model's device."""
    device = next(model.parameters()).device
    return {name: tensor.to(device) for name, tensor in collate(samples).items()}
