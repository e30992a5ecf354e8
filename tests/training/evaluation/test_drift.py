import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from storage.adapters import Adapter
from training.dataset.samples import Sample
from training.evaluation.drift import COMPARED, drift_share, old_and_new

USUAL = [(3.5 * count, count) for count in range(1, 60)] + [(9.0, 1)] * 6
NOISE = [(7.0 * count, count) for count in range(20, 60)]


def test_a_bad_day_does_not_hide_among_good_ones() -> None:
    assert drift_share(USUAL, USUAL) == 0
    assert drift_share(USUAL, NOISE) == 1
    assert drift_share(USUAL, [*USUAL, *NOISE]) > 0.35


def test_one_odd_word_and_small_changes_prove_nothing() -> None:
    assert drift_share(USUAL, [(9.0, 1)] * 20) == 0
    assert drift_share(USUAL, [(total * 1.05, count) for total, count in USUAL]) == 0


@given(
    st.lists(st.tuples(st.floats(0, 500), st.integers(1, 80)), min_size=1),
    st.lists(st.tuples(st.floats(0, 500), st.integers(1, 80)), min_size=1),
)
def test_it_is_a_share_and_few_are_strange_to_themselves(
    old: list[tuple[float, int]], new: list[tuple[float, int]]
) -> None:
    assert 0 <= drift_share(old, new) <= 1
    assert drift_share(old, old) <= 0.5


def adapter(**metrics: Any) -> Adapter:
    return Adapter(
        id=1,
        name="a",
        base_model="base",
        path="a",
        rules="classic",
        dataset_hash=None,
        metrics=json.dumps(metrics),
        status="live",
        run_id=None,
        created_at=0,
        promoted_at=None,
    )


def test_new_is_what_was_logged_after_the_live_adapters_data() -> None:
    samples = [Sample(instruction="", input="", output="", answered_at=at) for at in range(500)]
    sides = old_and_new(samples, adapter(logged_until=399))
    assert sides is not None
    old, new = sides
    assert [sample.answered_at for sample in new] == list(range(400, 500))
    assert [sample.answered_at for sample in old] == list(range(400 - COMPARED, 400))
    assert old_and_new(samples, adapter(logged_until=495)) is None
    assert old_and_new(samples, adapter()) is None
