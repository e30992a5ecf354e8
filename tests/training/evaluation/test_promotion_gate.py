from dataclasses import replace
from math import ceil, floor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from training.evaluation.promotion_gate import (
    CONFIDENCE,
    RESAMPLES,
    _beyond_chance,
    decide,
    difference,
)
from training.evaluation.scores import Evaluation, Interval, Losses, Scores
from twin.config.schema import JudgeSettings
from twin.score_labels import GATE_SENTENCES

PERSON = Scores(None, None, 0.1, 40, None, None, None, None, None, None, 0.02, 0.0)
TWIN = Scores(3.5, 0.98, 0.12, 40, 0.1, 0.1, 0.1, 0.1, 0.1, 0.6, 0.02, 0.0, 0, 0.5)
BETTER = Interval(-0.2, -0.3, -0.1)
NOISE = Interval(-0.2, -0.5, 0.1)
WORSE = Interval(0.2, 0.1, 0.3)


def evaluated(candidate: Scores = TWIN, **more: Any) -> Evaluation:
    everybody = {"base": TWIN, "live": TWIN, "candidate": candidate, "person": PERSON}
    against = {"base": BETTER, "live": BETTER}
    evaluation = Evaluation(50, 50, everybody, against, 0.05, {}, canaries=4)
    return replace(evaluation, **more)


def test_better_than_both_goes_live_and_says_by_how_much() -> None:
    verdict = decide(evaluated(), JudgeSettings())
    assert verdict.promoted
    assert verdict.reasons == [
        "better than the base model by 0.200 per token (0.100 to 0.300)",
        "better than the live adapter by 0.200 per token (0.100 to 0.300)",
    ]


def test_the_first_adapter_needs_to_beat_the_base_alone() -> None:
    first = evaluated()
    scores = {name: each for name, each in first.scores.items() if name != "live"}
    first = replace(first, scores=scores, against={"base": BETTER}, drift=None)
    assert decide(first, JudgeSettings()).promoted


@pytest.mark.parametrize(
    ("evaluation", "says"),
    [
        (
            evaluated(against={"base": BETTER, "live": NOISE}),
            "not better than the live adapter beyond noise",
        ),
        (evaluated(against={"base": WORSE, "live": BETTER}), "not better than the base model"),
        (evaluated(against={"base": BETTER}), "no held-out answer is new to the live"),
        (evaluated(held_out=0), GATE_SENTENCES["nothing_held_out"]),
        (evaluated(replace(TWIN, stop_share=0.8)), "80% of its answers end by themselves"),
        (evaluated(replace(TWIN, repeat_share=0.4)), "40% of its answers repeat themselves"),
        (evaluated(replace(TWIN, empty_share=0.2)), "20% of its answers say nothing"),
        (evaluated(replace(TWIN, alike_share=1.0)), "100% of its answers are given more than once"),
        (evaluated(replace(TWIN, copy_share=0.1)), "10% of its answers quote a training message"),
        (evaluated(replace(TWIN, leak_share=0.1)), "10% of its answers quote another chat"),
        (evaluated(replace(TWIN, canaries_out=1)), "1 of 4 planted secrets came out"),
        (evaluated(drift=0.5), "do not look like yours"),
    ],
)
def test_one_reason_is_enough(evaluation: Evaluation, says: str) -> None:
    verdict = decide(evaluation, JudgeSettings())
    assert not verdict.promoted
    [reason] = verdict.reasons
    assert says in reason


def test_every_reason_is_told() -> None:
    bad = replace(TWIN, stop_share=0.1, repeat_share=0.9, copy_share=0.9, canaries_out=3)
    verdict = decide(evaluated(bad, against={"base": WORSE, "live": WORSE}), JudgeSettings())
    assert len(verdict.reasons) == 6


def test_the_interval_is_paired_and_repeats_itself() -> None:
    theirs = [(4.0 * count, count) for count in range(1, 41)]
    mine = [(total - 0.1 * count, count) for total, count in theirs]
    gap = difference(mine, theirs)
    assert gap is not None
    assert (gap.difference, gap.low, gap.high) == pytest.approx((-0.1, -0.1, -0.1))
    assert gap == difference(mine, theirs)
    assert difference([], []) is None


def test_an_answer_that_was_cut_for_one_of_two_tells_nothing() -> None:
    whole, theirs = [(30.0, 10), (22.0, 10)], [(28.0, 10), (20.0, 10)]
    assert difference([*whole, (10.0, 4)], [*theirs, (30.0, 10)]) == difference(whole, theirs)
    assert difference([(10.0, 4)], [(30.0, 10)]) is None


@pytest.mark.parametrize(
    ("prompts", "repeats", "promoted"),
    [(16, 5, True), (16, 6, False), (50, 12, True), (50, 13, False)],
)
def test_a_good_adapter_does_not_fall_by_chance(prompts: int, repeats: int, promoted: bool) -> None:
    candidate = replace(TWIN, repeat_share=repeats / prompts)
    never = replace(PERSON, repeat_share=0.0)
    evaluation = evaluated(candidate, prompts=prompts)
    evaluation = replace(evaluation, scores=evaluation.scores | {"person": never})
    assert decide(evaluation, JudgeSettings(max_extra_repeats=0.15)).promoted is promoted


@pytest.mark.parametrize(
    ("empty", "alike", "promoted"),
    [(5, 0, True), (6, 0, False), (0, 20, True), (0, 21, False)],
)
def test_empty_and_equal_answers_count_beyond_chance(
    empty: int, alike: int, promoted: bool
) -> None:
    candidate = replace(TWIN, empty_share=empty / 50, alike_share=alike / 50)
    assert decide(evaluated(candidate), JudgeSettings()).promoted is promoted


def test_who_always_answers_alike_may_have_a_twin_that_does() -> None:
    evaluation = evaluated(replace(TWIN, alike_share=1.0))
    same = replace(PERSON, alike_share=0.9)
    evaluation = replace(evaluation, scores=evaluation.scores | {"person": same})
    assert decide(evaluation, JudgeSettings()).promoted


@given(st.data(), st.floats(0, 1), st.floats(0, 1), st.integers(1, 200))
def test_within_its_limits_it_goes_live(
    data: st.DataObject, least: float, most: float, prompts: int
) -> None:
    stops = data.draw(st.integers(ceil(least * prompts), prompts)) / prompts
    repeated = data.draw(st.integers(0, floor(most * prompts))) / prompts
    candidate = replace(TWIN, stop_share=stops, repeat_share=repeated)
    evaluation = evaluated(candidate, prompts=prompts)
    assert decide(evaluation, JudgeSettings(min_stop_share=least, max_extra_repeats=most)).promoted


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 50), st.integers(1, 30)), min_size=1))
def test_the_difference_lies_in_its_interval_and_turns_with_the_sides(
    samples: list[tuple[float, float, int]],
) -> None:
    mine = [(loss, count) for loss, _, count in samples]
    theirs = [(loss, count) for _, loss, count in samples]
    gap, turned = difference(mine, theirs), difference(theirs, mine)
    assert gap is not None
    assert turned is not None
    assert gap.low - 1e-9 <= gap.high
    assert turned.difference == pytest.approx(-gap.difference)
    assert turned.low == pytest.approx(-gap.high, abs=1e-6)


def by_hand(candidate: Losses, other: Losses) -> Interval:
    """The paired percentile bootstrap without a library."""
    gaps = np.array(
        [mine - theirs for (mine, _), (theirs, _) in zip(candidate, other, strict=True)]
    )
    counts = np.array([count for _, count in candidate])
    drawn = np.random.default_rng(0).integers(0, len(counts), (RESAMPLES, len(counts)))
    means = gaps[drawn].sum(axis=1) / np.maximum(counts[drawn].sum(axis=1), 1)
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(gaps.sum() / counts.sum()), float(low), float(high))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("answers", [2, 16, 200])
def test_the_library_s_bootstrap_decides_as_one_by_hand(seed: int, answers: int) -> None:
    drawn = np.random.default_rng(seed)
    counts = [int(count) for count in drawn.integers(1, 40, answers)]
    losses, gained = drawn.normal(3.5, 0.8, answers), drawn.normal(0.05, 0.3, answers)
    theirs = [(float(loss) * n, n) for loss, n in zip(losses, counts, strict=True)]
    mine = [(total - float(gain) * n, n) for (total, n), gain in zip(theirs, gained, strict=True)]
    gap, expected = difference(mine, theirs), by_hand(mine, theirs)
    assert gap is not None
    assert (gap.difference, gap.low, gap.high) == pytest.approx(
        (expected.difference, expected.low, expected.high), abs=1e-9
    )
    assert (gap.high >= 0) == (expected.high >= 0)


@given(st.integers(0, 100), st.integers(1, 100), st.floats(0, 1.5))
def test_beyond_chance_is_the_tail_of_the_binomial(found: int, answers: int, most: float) -> None:
    found = min(found, answers)
    tail = binom.sf(found - 1, answers, min(most, 1.0))
    assert _beyond_chance(found / answers, most, answers) == (tail < 1 - CONFIDENCE)
