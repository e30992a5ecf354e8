"""Measure whether the new messages look like the owner's: bad imports, other people, noise."""

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from storage.adapters import Adapter
from training.dataset.samples import Sample
from training.evaluation.asked_model import AskedModel
from training.evaluation.scores import Losses

COMPARED = 200  # answers on each side, old and new
ENOUGH = 10
USUAL = 0.95  # share of the old answers that is not strange
MARGIN = 0.2  # loss per token; what is less is no surprise
SHRINKAGE = 10  # tokens of usual surprise added to each answer: a single odd word proves nothing


def measure_drift(model: AskedModel, samples: Sequence[Sample], live: Adapter) -> float | None:
    """`drift_share` of the samples for the live adapter, which `model` is; None if too few."""
    sides = old_and_new(samples, live)
    if sides is None:
        return None
    old, new = sides
    losses = model.losses([*old, *new])
    return drift_share(losses[: len(old)], losses[len(old) :])


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
    """Share of the new answers that surprise the live adapter more than the old ones usually do.

    A share and not a mean: a bad day among good ones must not hide in them.
    """
    usual = sum(total for total, _ in old) / max(1, sum(count for _, count in old))
    before, after = _surprise(old, usual), _surprise(new, usual)
    limit = np.quantile(before, USUAL) + MARGIN
    return float((after > limit).mean())


def _surprise(losses: Losses, usual: float) -> NDArray[np.float64]:
    """Loss per label token of each answer (N,), short ones drawn towards the usual one."""
    return np.array([(total + SHRINKAGE * usual) / (count + SHRINKAGE) for total, count in losses])
