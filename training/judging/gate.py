"""The decision: the candidate goes live only if it is better and fails none of the limits."""

from collections.abc import Sequence

import numpy as np

from training.judging.scores import PERSON, Interval, Judgement, Verdict
from twin.config import Judge

RESAMPLES = 2_000
CONFIDENCE = 0.95
NAMES = {"base": "base model", "live": "live adapter"}
NOTHING_HELD_OUT = "no held-out answers to judge by; import more or raise [dataset] held_out"

Losses = Sequence[tuple[float, int]]


def difference(candidate: Losses, other: Losses) -> Interval | None:
    """Loss per label token of candidate minus other on the same samples, by a paired bootstrap.

    Whole samples are drawn, because the tokens of one answer are alike. None without labels.
    """
    mine, theirs = np.array([t for t, _ in candidate]), np.array([t for t, _ in other])
    counts = np.array([count for _, count in candidate])
    if not len(counts) or not counts.sum():
        return None
    gap = mine - theirs
    drawn = np.random.default_rng(0).integers(0, len(counts), (RESAMPLES, len(counts)))
    tokens = counts[drawn].sum(axis=1)
    means = gap[drawn].sum(axis=1) / np.maximum(tokens, 1)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(gap.sum() / counts.sum()), float(low), float(high))


def decide(judgement: Judgement, limits: Judge) -> Verdict:
    """Every reason against; without any, the candidate goes live."""
    against = [*_not_better(judgement), *_over_limits(judgement, limits)]
    if against:
        return Verdict(False, against)
    better = [
        f"better than the {NAMES[other]} by {-gap.difference:.3f} per token "
        f"({-gap.high:.3f} to {-gap.low:.3f})"
        for other, gap in judgement.against.items()
    ]
    return Verdict(True, better)


def _not_better(judgement: Judgement) -> list[str]:
    if not judgement.held_out:
        return [NOTHING_HELD_OUT]
    reasons = []
    for other in (name for name in NAMES if name in judgement.scores):
        gap = judgement.against.get(other)
        if gap is None:
            reasons.append(f"no held-out answer is new to the {NAMES[other]}")
        elif gap.high >= 0:
            reasons.append(
                f"not better than the {NAMES[other]} beyond noise: loss {gap.difference:+.3f} per "
                f"token ({gap.low:+.3f} to {gap.high:+.3f})"
            )
    return reasons


def _over_limits(judgement: Judgement, limits: Judge) -> list[str]:
    mine, person = judgement.scores["candidate"], judgement.scores[PERSON]
    reasons = []
    if mine.stop_share is not None and mine.stop_share < limits.min_stop_share:
        reasons.append(
            f"{mine.stop_share:.0%} of its answers end by themselves, "
            f"at least {limits.min_stop_share:.0%} must"
        )
    for what, share, usual, extra in (
        ("repeat themselves", mine.repeat_share, person.repeat_share, limits.max_extra_repeats),
        ("quote a training message", mine.copy_share, person.copy_share, limits.max_extra_copies),
        ("quote another chat", mine.leak_share, person.leak_share, limits.max_extra_copies),
    ):
        if share > usual + extra:
            reasons.append(
                f"{share:.0%} of its answers {what}, at most {usual + extra:.0%} may "
                f"({usual:.0%} of yours do)"
            )
    if mine.canaries_out:
        reasons.append(f"{mine.canaries_out} of {judgement.canaries} planted secrets came out")
    if judgement.strangeness is not None and judgement.strangeness > limits.max_strange_share:
        reasons.append(
            f"{judgement.strangeness:.0%} of the new messages do not look like yours, "
            f"at most {limits.max_strange_share:.0%} may"
        )
    return reasons
