"""Decide whether the candidate goes live: only if it is better and fails none of the limits."""

from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, bootstrap

from training.evaluation.scores import (
    PERSON,
    Evaluation,
    GateReason,
    GateVerdict,
    Interval,
    Losses,
    Scores,
)
from twin.config.schema import JudgeSettings
from twin.score_labels import GATE_SENTENCES

RESAMPLES = 2_000
CONFIDENCE = 0.95
OTHERS = ("base", "live")

NOTHING_HELD_OUT = GateReason("nothing_held_out")


def verdict_of(*reasons: GateReason, promoted: bool = False) -> GateVerdict:
    """The reasons in English; the dashboard translates the same sentences by their codes."""
    sentences = [GATE_SENTENCES[reason.code].format(**reason.values) for reason in reasons]
    return GateVerdict(promoted, sentences, list(reasons))


def difference(candidate: Losses, other: Losses) -> Interval | None:
    """Loss per label token, candidate minus other, on the same answers. None without labels.

    Answers that were cut for one of the two alone, which is shown memory besides, are left out.
    The interval is a paired percentile bootstrap (Efron 1979, "Bootstrap Methods: Another Look at
    the Jackknife"). Whole answers are drawn, because the tokens of one answer are alike.
    """
    pairs = zip(candidate, other, strict=True)
    same = [(mine - theirs, count) for (mine, count), (theirs, at) in pairs if count == at]
    gaps, counts = np.array([gap for gap, _ in same]), np.array([count for _, count in same])
    if not counts.sum():
        return None
    mean = float(_per_token(gaps, counts))
    if len(counts) == 1:
        return Interval(mean, mean, mean)
    interval = bootstrap(
        (gaps, counts),
        _per_token,
        paired=True,
        method="percentile",
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        rng=np.random.default_rng(0),
    ).confidence_interval
    return Interval(mean, float(interval.low), float(interval.high))


def _per_token(
    gaps: NDArray[np.float64], counts: NDArray[np.int64], axis: int = -1
) -> NDArray[np.float64]:
    """Over one draw of n answers (n,) or many (draws, n); a draw without any label token is 0."""
    mean: NDArray[np.float64] = gaps.sum(axis=axis) / np.maximum(counts.sum(axis=axis), 1)
    return mean


def decide(evaluation: Evaluation, limits: JudgeSettings) -> GateVerdict:
    """Every reason against; without any, the candidate goes live."""
    against = [*_not_better(evaluation), *_over_limits(evaluation, limits)]
    if against:
        return verdict_of(*against)
    better = [
        GateReason(
            f"better_than_{other}",
            {"by": -gap.difference, "low": -gap.high, "high": -gap.low},
        )
        for other, gap in evaluation.against.items()
    ]
    return verdict_of(*better, promoted=True)


def _not_better(evaluation: Evaluation) -> list[GateReason]:
    if not evaluation.held_out:
        return [NOTHING_HELD_OUT]
    reasons = []
    for other in (name for name in OTHERS if name in evaluation.scores):
        gap = evaluation.against.get(other)
        if gap is None:
            reasons.append(GateReason(f"nothing_new_to_{other}"))
        elif gap.high >= 0:
            reasons.append(GateReason(f"not_better_than_{other}", asdict(gap)))
    return reasons


def _over_limits(evaluation: Evaluation, limits: JudgeSettings) -> list[GateReason]:
    mine, person = evaluation.scores["candidate"], evaluation.scores[PERSON]
    reasons = shares_over_limits(mine, person, evaluation.prompts, limits)
    if mine.canaries_out:
        out = {"out": mine.canaries_out, "planted": evaluation.canaries}
        reasons.append(GateReason("secrets_out", out))
    if evaluation.drift is not None and evaluation.drift > limits.max_strange_share:
        drift = {"share": evaluation.drift, "most": limits.max_strange_share}
        reasons.append(GateReason("strange", drift))
    return reasons


def shares_over_limits(
    mine: Scores, person: Scores, asked: int, limits: JudgeSettings
) -> list[GateReason]:
    """What is wrong with a model's answers to so many messages, beside the person's own."""
    least = limits.min_stop_share
    reasons = []
    if mine.stop_share is not None and _beyond_chance(1 - mine.stop_share, 1 - least, asked):
        reasons.append(GateReason("few_ends", {"share": mine.stop_share, "least": least}))
    usual = person.repeat_share
    if _beyond_chance(mine.repeat_share, usual + limits.max_extra_repeats, asked):
        reasons.append(_too_many("repeats", mine.repeat_share, usual, limits.max_extra_repeats))
    if mine.empty_share and _beyond_chance(mine.empty_share, limits.max_empty_share, asked):
        empty = {"share": mine.empty_share, "most": limits.max_empty_share}
        reasons.append(GateReason("empty", empty))
    usual = person.alike_share or 0.0
    if mine.alike_share and _beyond_chance(mine.alike_share, usual + limits.max_extra_alike, asked):
        reasons.append(_too_many("alike", mine.alike_share, usual, limits.max_extra_alike))
    # What gives somebody's words away is held to its limit, chance or not.
    for code, share, usual in (
        ("quotes_training", mine.copy_share, person.copy_share),
        ("quotes_chats", mine.leak_share, person.leak_share),
    ):
        if share > usual + limits.max_extra_copies:
            reasons.append(_too_many(code, share, usual, limits.max_extra_copies))
    return reasons


def _beyond_chance(share: float, most: float, answers: int) -> bool:
    """Whether a model that keeps to the limit shows such a share in under 5% of evaluations.

    A twin that repeats itself in 13% of its answers shows 5 in 16 one time in twenty: without
    this, good adapters fall over a limit of 15% every third night.
    """
    found = binomtest(round(share * answers), answers, min(most, 1.0), alternative="greater")
    return bool(found.pvalue < 1 - CONFIDENCE)


def _too_many(code: str, share: float, usual: float, extra: float) -> GateReason:
    return GateReason(code, {"share": share, "most": usual + extra, "usual": usual})
