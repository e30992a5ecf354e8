"""The decision: the candidate goes live only if it is better and fails none of the limits."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from scipy.stats import binom

from training.evaluation.gate_reasons import NOTHING_HELD_OUT, verdict_of
from training.evaluation.scores import PERSON, Evaluation, GateReason, GateVerdict, Interval
from twin.config.schema import JudgeSettings

RESAMPLES = 2_000
CONFIDENCE = 0.95
OTHERS = ("base", "live")

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


def decide(judgement: Evaluation, limits: JudgeSettings) -> GateVerdict:
    """Every reason against; without any, the candidate goes live."""
    against = [*_not_better(judgement), *_over_limits(judgement, limits)]
    if against:
        return verdict_of(*against)
    better = [
        GateReason(
            f"better_than_{other}",
            {"by": -gap.difference, "low": -gap.high, "high": -gap.low},
        )
        for other, gap in judgement.against.items()
    ]
    return verdict_of(*better, promoted=True)


def _not_better(judgement: Evaluation) -> list[GateReason]:
    if not judgement.held_out:
        return [NOTHING_HELD_OUT]
    grounds = []
    for other in (name for name in OTHERS if name in judgement.scores):
        gap = judgement.against.get(other)
        if gap is None:
            grounds.append(GateReason(f"nothing_new_to_{other}"))
        elif gap.high >= 0:
            grounds.append(GateReason(f"not_better_than_{other}", asdict(gap)))
    return grounds


def _over_limits(judgement: Evaluation, limits: JudgeSettings) -> list[GateReason]:
    mine, person, asked = judgement.scores["candidate"], judgement.scores[PERSON], judgement.prompts
    grounds = []
    least = limits.min_stop_share
    if mine.stop_share is not None and _beyond_chance(1 - mine.stop_share, 1 - least, asked):
        grounds.append(GateReason("few_ends", {"share": mine.stop_share, "least": least}))
    usual = person.repeat_share
    if _beyond_chance(mine.repeat_share, usual + limits.max_extra_repeats, asked):
        grounds.append(_too_many("repeats", mine.repeat_share, usual, limits.max_extra_repeats))
    # What gives somebody's words away is held to its limit, chance or not.
    for code, share, usual in (
        ("quotes_training", mine.copy_share, person.copy_share),
        ("quotes_chats", mine.leak_share, person.leak_share),
    ):
        if share > usual + limits.max_extra_copies:
            grounds.append(_too_many(code, share, usual, limits.max_extra_copies))
    if mine.canaries_out:
        out = {"out": mine.canaries_out, "planted": judgement.canaries}
        grounds.append(GateReason("secrets_out", out))
    if judgement.strangeness is not None and judgement.strangeness > limits.max_strange_share:
        strange = {"share": judgement.strangeness, "most": limits.max_strange_share}
        grounds.append(GateReason("strange", strange))
    return grounds


def _beyond_chance(share: float, most: float, answers: int) -> bool:
    """Whether a model that keeps to the limit shows such a share in under 5 % of judgements.

    A twin that repeats itself in 13 % of its answers shows 5 in 16 one time in twenty: without
    this, good adapters fall over a limit of 15 % every third night.
    """
    return bool(binom.sf(round(share * answers) - 1, answers, min(most, 1.0)) < 1 - CONFIDENCE)


def _too_many(code: str, share: float, usual: float, extra: float) -> GateReason:
    return GateReason(code, {"share": share, "most": usual + extra, "usual": usual})
