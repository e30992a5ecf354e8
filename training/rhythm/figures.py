"""How well it is foretold on later days whether the owner answers, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import mean_pinball_loss, roc_auc_score

Numbers = NDArray[np.float64]

RESAMPLES = 300
BINS = 10
SEED = 0


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Of bursts with a like probability: how many, the mean of it, and the share answered."""

    bursts: int
    foretold: float
    answered: float


@dataclass(frozen=True, slots=True)
class AnswersAtAll:
    """On the bursts of the judged days, which are the latest. Shares are 0 to 1.

    `auc`: ROC area, answered against not, with its 95% interval over resampled days;
    `auc_of_chat`: by the chat's share of answers alone. `calibration_error`: mean distance of
    probability and share over `BINS` bins of equal size (ECE). Pinball losses are over log1p
    (seconds) of the answers' delays, mean of the quantiles 10, 50 and 90%; `pinball_constant`:
    with the earlier days' quantiles for every burst. `within_80`: of the delays, how many lie
    between the foretold 10 and 90%. Seconds are quartiles of the real delays.
    """

    learnt: int
    judged: int
    days: int
    answered: float
    auc: float
    auc_low: float
    auc_high: float
    auc_of_chat: float
    calibration_error: float
    bins: list[CalibrationBin]
    pinball: float
    pinball_constant: float
    within_80: float
    delay_s: list[float]
    pieces: float


def area(answered: Numbers, probability: Numbers) -> float:
    return float(roc_auc_score(answered, probability))


def interval_of_area(
    answered: Numbers, probability: Numbers, days: Sequence[Any]
) -> tuple[float, float]:
    """95% bootstrap over days, since the bursts of a day depend on each other."""
    of_day = [np.flatnonzero(np.asarray(days) == day) for day in sorted(set(days))]
    random = np.random.default_rng(SEED)
    areas = []
    for _ in range(RESAMPLES):
        drawn = random.integers(len(of_day), size=len(of_day))
        chosen = np.concatenate([of_day[at] for at in drawn])
        if len(set(answered[chosen])) == 2:
            areas.append(area(answered[chosen], probability[chosen]))
    low, high = np.quantile(areas, [0.025, 0.975]) if areas else (0.0, 1.0)
    return float(low), float(high)


def calibration(answered: Numbers, probability: Numbers) -> tuple[float, list[CalibrationBin]]:
    """The expected calibration error (Naeini et al. 2015, bins of equal size), and the bins."""
    parts = np.array_split(np.argsort(probability, kind="stable"), BINS)
    bins = [
        CalibrationBin(len(at), float(probability[at].mean()), float(answered[at].mean()))
        for at in parts
        if len(at)
    ]
    error = sum(one.bursts * abs(one.foretold - one.answered) for one in bins)
    return error / len(answered), bins


def pinball(real: Numbers, foretold: Numbers, share: float) -> float:
    """The loss that the quantile of this share makes smallest (Koenker and Bassett 1978)."""
    return float(mean_pinball_loss(real, foretold, alpha=share))
