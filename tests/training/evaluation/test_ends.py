import random
from statistics import fmean

import pytest

from training.evaluation import ends, style
from training.evaluation.authorship import Authorship
from training.evaluation.ends import measure_ends

SHORT = ("ok", "yeah", "nah", "lol", "cool", "home", "pizza", "tired")
LONG = ("Certainly", "tomorrow", "evening", "wonderful", "appointment", "regarding", "please")

NOTHING_LEARNT = Authorship([], [])


def writer(seed: int, words: tuple[str, ...], count: int) -> list[str]:
    drawn = random.Random(seed)
    return [" ".join(drawn.choices(words, k=drawn.randint(2, 9))) for _ in range(count)]


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ends, "DRAWS", 2)


@pytest.mark.slow
def test_the_owner_can_not_be_told_from_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written to the same message on both sides, so each answer is its own group."""
    monkeypatch.setattr(ends, "DRAWS", 20)
    monkeypatch.setattr(style, "COMPARISONS", {"detector": style.detector_auc})
    own = writer(1, SHORT, 80)
    found = measure_ends(own[-15:], own, [], 80, NOTHING_LEARNT).ceiling["detector"]
    assert found == pytest.approx(0.5, abs=0.1)


def test_other_people_are_far() -> None:
    own, friends = writer(1, SHORT, 80), writer(2, LONG, 80)
    both = measure_ends(own[-15:], own, friends, 60, NOTHING_LEARNT)
    assert set(both.ceiling) == set(both.floor) == {*style.COMPARISONS, "authorship"}
    assert both.floor["detector"] == pytest.approx(1.0, abs=0.01)
    for field in ("length_distance", "case_distance"):
        near, far = both.ceiling[field], both.floor[field]
        assert near is not None
        assert far is not None
        assert near < far


def test_both_ends_are_measured_at_the_size_of_the_twins_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A small sample's distance is large, whoever wrote it."""
    length = style.length_distance
    monkeypatch.setattr(style, "COMPARISONS", {"length_distance": length})
    monkeypatch.setattr(ends, "DRAWS", 60)
    own = writer(1, SHORT, 400)
    found = {}
    for size in (10, 40):
        two = [(writer(s, SHORT, size), writer(s + 1000, SHORT, size)) for s in range(60)]
        twin = fmean(length(mine, theirs) for mine, theirs in two)
        both = measure_ends(own[-size:], own, [], 400, NOTHING_LEARNT)
        found[size] = both.ceiling["length_distance"]
        assert found[size] == pytest.approx(twin, abs=0.04)
    assert found[10] is not None
    assert found[40] is not None
    assert found[10] > found[40] + 0.1


def test_where_too_few_are_held_out_the_answers_before_them_are_used_too() -> None:
    own = ["never"] * 20 + writer(1, SHORT, 30)
    both = measure_ends(own[-15:], own, [], 15, NOTHING_LEARNT)
    assert both.ceiling == measure_ends(own[-15:], own[-30:], [], 15, NOTHING_LEARNT).ceiling
    assert all(both.ceiling[field] is not None for field in style.COMPARISONS)
    assert set(both.floor.values()) == {None}


def test_too_few_answers_have_no_ends() -> None:
    own, friends = writer(1, SHORT, 40), writer(2, LONG, 40)
    few = measure_ends(own[-9:], own, friends, 20, NOTHING_LEARNT)
    assert {*few.ceiling.values(), *few.floor.values()} == {None}
    none = measure_ends([], [], friends, 0, NOTHING_LEARNT)
    assert {*none.ceiling.values(), *none.floor.values()} == {None}
    half = measure_ends(own[-30:], own, friends[:29], 30, NOTHING_LEARNT)
    assert {*half.ceiling.values(), *half.floor.values()} == {None}


def test_a_score_that_one_side_lacks_has_no_end() -> None:
    own, chinese = writer(1, SHORT, 40), ["好的，明天见"] * 40
    both = measure_ends(own[-20:], own, chinese, 40, NOTHING_LEARNT)
    assert both.floor["case_distance"] is None
    assert both.floor["length_distance"] is not None


def test_an_authors_ends_are_of_answers_that_were_not_learnt() -> None:
    own, friends = writer(1, SHORT, 130), writer(2, LONG, 130)
    authorship = Authorship(own[:100], friends[:100])
    both = measure_ends(own[-10:], own, friends, 30, authorship)
    assert both.ceiling["authorship"] == authorship.score(own[100:])
    assert both.floor["authorship"] == authorship.score(friends[110:])
