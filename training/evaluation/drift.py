"""Whether the new messages look like the owner's at all: bad imports, other people, noise."""

import json
from collections.abc import Sequence

import numpy as np

from storage.adapters import Adapter
from training.dataset.samples import Sample

COMPARED = 200  # answers on each side, old and new
ENOUGH = 10
USUAL = 0.95  # share of the old answers that is not strange
MARGIN = 0.2  # loss per token; what is less is no surprise
SHRINKAGE = 10  # tokens of usual surprise added to each answer: a single odd word proves nothing

Losses = Sequence[tuple[float, int]]


def old_and_new(
    samples: Sequence[Sample], live: Adapter
) -> tuple[list[Sample], list[Sample]] | None:
    """The answers around the moment when the live adapter's data ended; None if too few."""
    until = json.loads(live.metrics or "{}").get("logged_until")
    if until is None:
        return None
    old = [each for each in samples if each.answered_at <= until][-COMPARED:]
    new = [each for each in samples if each.answered_at > until][-COMPARED:]
    return (old, new) if min(len(old), len(new)) >= ENOUGH else None


def drift_share(old: Losses, new: Losses) -> float:
    """Share of the new answers that surprise the live adapter more than the old ones ever do.

    A share and not a mean: a bad day among good ones must not hide in them.
    """
    usual = sum(total for total, _ in old) / max(1, sum(count for _, count in old))
    before, after = _surprise(old, usual), _surprise(new, usual)
    limit = np.quantile(before, USUAL) + MARGIN
    return float((after > limit).mean())


def _surprise(losses: Losses, usual: float) -> np.ndarray:
    return np.array([(total + SHRINKAGE * usual) / (count + SHRINKAGE) for total, count in losses])
