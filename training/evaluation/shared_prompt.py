"""Compute the losses of several answers to one prompt, whose tokens are computed once."""

from collections.abc import Sequence
from itertools import chain, islice, takewhile
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from training.dataset.encoding import Encoded
from training.loss import sample_losses
from twin.prompting.chat_template import IGNORED

AT_ONCE = 16  # answers after one prompt
TOLERANCE = 0.05  # mean per label token: bfloat16 rounds more than that, but up as often as down

SampleLosses = list[tuple[float, int]]


def losses_after_prompts(
    model: Any, groups: Sequence[Sequence[Encoded]], batch_size: int
) -> list[SampleLosses]:
    """Of each group of sequences that begin alike: (sum over its label tokens, their number) of
    each sequence, in order.

    Models whose memory of a prompt can't be shared (recurrent ones) compute each sequence whole.
    """
    if not groups:
        return []
    was_training = model.training
    model.eval()
    try:
        longest = max(groups, key=lambda group: max(len(each["input_ids"]) for each in group))
        if _prompt_can_be_shared(model, longest[:4], batch_size):
            return [_in_parts(model, group) for group in groups]
        losses = iter(sample_losses(model, [*chain.from_iterable(groups)], batch_size))
        return [list(islice(losses, len(group))) for group in groups]
    finally:
        model.train(was_training)


def _prompt_can_be_shared(model: Any, group: Sequence[Encoded], batch_size: int) -> bool:
    """Whether it gives what the whole sequences give."""
    whole = sample_losses(model, group, batch_size)
    try:
        mine = _in_parts(model, group)
    except (AttributeError, TypeError, ValueError, RuntimeError, NotImplementedError):
        return False
    gap = sum(total for total, _ in mine) - sum(total for total, _ in whole)
    return abs(gap) <= TOLERANCE * max(sum(count for _, count in mine), 1)


@torch.inference_mode()
def _in_parts(model: Any, group: Sequence[Encoded]) -> SampleLosses:
    """The common beginning once, then what follows it, a few answers at a time."""
    begin = _common_length(group)
    if begin < 1:
        return sample_losses(model, group, AT_ONCE)
    device = next(model.parameters()).device
    prompt = torch.tensor([group[0]["input_ids"][:begin]], device=device)
    found: SampleLosses = []
    for start in range(0, len(group), AT_ONCE):
        part = group[start : start + AT_ONCE]
        cache = model(input_ids=prompt, use_cache=True, logits_to_keep=1).past_key_values
        cache.batch_repeat_interleave(len(part))
        found += _losses_after(model, cache, part, begin)
    return found


def _losses_after(model: Any, cache: Any, part: Sequence[Encoded], begin: int) -> SampleLosses:
    """Of sequences whose first `begin` tokens the cache holds."""
    device = next(model.parameters()).device
    width = max(len(each["input_ids"]) for each in part) - begin

    def padded(key: str, value: int) -> torch.Tensor:
        rows = [each[key][begin:] for each in part]
        return torch.tensor([row + [value] * (width - len(row)) for row in rows], device=device)

    # Padding stands behind the words, where no word looks.
    ids = padded("input_ids", 0)
    logits = model(input_ids=ids, past_key_values=cache, use_cache=True).logits
    targets = padded("labels", IGNORED)[:, 1:]
    chosen = targets != IGNORED
    losses = torch.zeros(targets.shape, device=device)
    losses[chosen] = cross_entropy(
        logits[:, :-1][chosen].float(), targets[chosen], reduction="none"
    )
    return list(zip(losses.sum(dim=1).tolist(), chosen.sum(dim=1).tolist(), strict=True))


def _common_length(group: Sequence[Encoded]) -> int:
    """Tokens that all begin with, up to the one that predicts the first label."""
    columns = zip(*(each["input_ids"] for each in group), strict=False)
    alike = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
    labelled = [
        next((at for at, label in enumerate(each["labels"]) if label != IGNORED), alike + 1)
        for each in group
    ]
    return min(alike, min(labelled) - 1)
