from dataclasses import asdict, fields

from tests.training.report.made_up import scores
from training.evaluation.scores import Scores
from twin.score_labels import SCORE_LABELS, who


def test_every_score_has_a_name() -> None:
    assert {m.field for m in SCORE_LABELS} == {field.name for field in fields(Scores)}
    assert all(m.name and m.good for m in SCORE_LABELS)


def test_what_was_not_measured_is_a_dash_and_nothing_is_nought() -> None:
    shown = {m.field: m.of(asdict(scores(None, 0.0, None))) for m in SCORE_LABELS}
    assert (shown["loss"], shown["length_distance"], shown["leak_share"]) == ("–", "0.000", "0.0 %")


def test_scores_of_an_older_program_may_lack_some() -> None:
    assert {m.of({}) for m in SCORE_LABELS} == {"–"}


def test_the_person_is_the_last_column() -> None:
    assert who({"person": 1, "base": 2, "candidate": 3}) == ["base", "candidate", "person"]
