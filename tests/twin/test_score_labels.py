from dataclasses import asdict, fields, replace
from typing import Any

import pytest

from tests.training.report.made_up import scores
from training.evaluation.scores import FourScore, Scores
from twin.score_labels import SCORE_LABELS, columns_of, likeness, nearness, places_of, who


def test_every_score_has_a_name() -> None:
    assert {m.field for m in SCORE_LABELS} == {field.name for field in fields(Scores)}
    assert all(m.name and m.good for m in SCORE_LABELS)


def test_what_was_not_measured_is_a_dash_and_nothing_is_nought() -> None:
    shown = {m.field: m.of(asdict(scores(None, 0.0, None))) for m in SCORE_LABELS}
    assert (shown["loss"], shown["length_distance"], shown["leak_share"]) == ("–", "0.000", "0.0%")


def test_scores_of_an_older_program_may_lack_some() -> None:
    assert {m.of({}) for m in SCORE_LABELS} == {"–"}


def test_the_person_is_the_last_column() -> None:
    assert who({"person": 1, "base": 2, "candidate": 3}) == ["base", "candidate", "person"]


def test_the_ends_are_columns_where_they_are_known() -> None:
    stored: dict[str, Any] = {"scores": {"person": {}, "base": {}}}
    assert list(columns_of(stored)) == ["base", "person"]
    known = columns_of(stored | {"ceiling": {"detector": 0.5}, "floor": {"detector": 0.9}})
    assert list(known.items())[2:] == [
        ("others", {"detector": 0.9}),
        ("person again", {"detector": 0.5}),
    ]


def test_a_score_lies_between_other_people_and_the_owner() -> None:
    assert nearness(0.7, ceiling=0.5, floor=0.9) == pytest.approx(0.5)
    assert nearness(0.995, ceiling=0.5, floor=0.9) == 0.0
    assert nearness(0.4, ceiling=0.5, floor=0.9) == 1.0
    assert nearness(1.5, ceiling=2.0, floor=1.0) == pytest.approx(0.5)  # where more is better


@pytest.mark.parametrize(
    ("value", "ceiling", "floor"),
    [(None, 0.5, 0.9), (0.7, None, 0.9), (0.7, 0.5, None), (0.0, 0.0, 0.0), (0.1, 0.11, 0.13)],
)
def test_without_ends_that_are_apart_nothing_is_near_or_far(
    value: float | None, ceiling: float | None, floor: float | None
) -> None:
    assert nearness(value, ceiling, floor) is None


def test_older_evaluations_have_no_places() -> None:
    stored = {"scores": {"base": {"detector": 0.8}, "person": {"detector": None}}}
    assert places_of("detector", stored) == {}
    assert places_of("detector", stored | {"ceiling": None, "floor": {"detector": 0.9}}) == {}
    ends = {"ceiling": {"detector": 0.5}, "floor": {"detector": 1.0}}
    assert places_of("detector", stored | ends) == {"base": pytest.approx(0.4)}


def test_a_choice_of_four_is_shown_with_its_interval() -> None:
    four = FourScore(gain=0.475, low=0.4, high=0.55, mean=0.3, mean_low=0.2, mean_high=0.4, n=160)
    judged = asdict(replace(scores(3.5, 0.1, 0.7), real_of_four=four))
    shown = {m.field: m.of(judged) for m in SCORE_LABELS}
    assert shown["real_of_four"] == "47.5% (40.0% to 55.0%)"
    assert shown["voice_of_four"] == "–"


def test_likeness_is_the_mean_of_the_candidates_places() -> None:
    stored = {
        "scores": {
            "base": {"detector": 1.0, "length_distance": 0.5},
            "candidate": {"detector": 0.6, "length_distance": 0.2, "loss": 3.1},
        },
        "ceiling": {"detector": 0.5, "length_distance": 0.0},
        "floor": {"detector": 1.0, "length_distance": 0.5},
    }
    assert likeness(stored) == pytest.approx((0.8 + 0.6) / 2)
    assert likeness({"scores": stored["scores"]}) is None
    assert likeness({}) is None  # nothing was held out
