import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.dataset.chat_samples import DAY_MS, recency_weights


def test_a_half_life_halves() -> None:
    old, new = recency_weights([0, 30 * DAY_MS], half_life_days=30)
    assert [old, new] == pytest.approx([2 / 3, 4 / 3], abs=1e-5)
    assert recency_weights([0, 30 * DAY_MS], half_life_days=0) == [1, 1]
    assert recency_weights([], half_life_days=30) == []


@given(st.lists(st.integers(0, 10**13), min_size=1), st.floats(1, 10_000))
def test_newer_never_weighs_less_and_the_mean_is_one(times: list[int], half_life: float) -> None:
    weights = recency_weights(sorted(times), half_life)
    assert weights == sorted(weights)
    assert sum(weights) / len(weights) == pytest.approx(1, abs=1e-3)
