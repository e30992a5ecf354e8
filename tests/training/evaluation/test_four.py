"""The choice of one answer among four."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tiny import model_config
from training.dataset.samples import Sample
from training.evaluation.asked_model import AskedModel
from training.evaluation.candidates import Place
from training.evaluation.four import choose, four_score, right_share
from training.evaluation.kept_scores import KeptScores

VALUES = st.lists(st.integers(-5, 5).map(float), min_size=2, max_size=6)


@given(VALUES)
def test_everybody_being_the_real_one_once_is_right_once(values: list[float]) -> None:
    turns = [[value, *values[:at], *values[at + 1 :]] for at, value in enumerate(values)]
    assert sum(map(right_share, turns)) == pytest.approx(1)


@given(VALUES, st.randoms(use_true_random=False))
def test_the_order_of_the_others_does_not_count(values: list[float], random: object) -> None:
    others = values[1:]
    random.shuffle(others)  # type: ignore[attr-defined]
    assert right_share([values[0], *others]) == right_share(values)


def test_what_cannot_be_computed_is_never_the_likeliest() -> None:
    assert right_share([math.nan, -9.0]) == 0
    assert right_share([-9.0, math.nan]) == 1
    assert right_share([math.nan] * 4) == right_share([-math.inf] * 4) == 0.25
    assert right_share([-1.0, -1.0 - 1e-9, -2.0]) == 0.5


def test_mean_and_gain_choose_each_for_itself() -> None:
    likely_anywhere = [(-2.0, 1.0), (-1.0, 0.0), (-3.0, -1.0), (-3.0, -1.0)]
    score = four_score([likely_anywhere, [], likely_anywhere])
    assert score is not None
    assert (score.gain, score.mean, score.n) == (1.0, 0.0, 2)
    assert score.low < 1.0 == score.high
    assert score.mean_low == 0.0 < score.mean_high
    assert four_score([]) is four_score([[], []]) is None


def test_a_model_is_asked_with_and_without_what_was_said(tmp_path: Path, tiny_base: Path) -> None:
    config = model_config(tmp_path, tiny_base)
    model = AskedModel(config, None, KeptScores(config))
    samples = [
        Sample("be Sam", "how are you?", "see you", (("hello", "hi there"),)),
        Sample("be Sam", "", "hello"),
    ]
    places = [Place(0, ("hello", "hi", "so :)"), ("well", "there", "see")), Place(1, (), ())]
    first, second = choose(model, config, samples, places)
    [(total, count), opening] = AskedModel(config, None, KeptScores(config)).losses(samples)
    [(again, labels), _] = model.losses(samples)
    assert again == pytest.approx(total, abs=1e-3)
    assert labels == count
    assert first.own[0] == first.others[0]
    assert first.own[0][0] == pytest.approx(-total / count, abs=1e-4)
    assert (len(first.own), len(first.others), second.own, second.others) == (4, 4, [], [])
    # "hello" after nothing but the persona is what it is without context.
    assert first.own[1][1] == pytest.approx(first.own[1][0] + opening[0] / opening[1], abs=1e-4)
