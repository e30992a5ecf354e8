"""Reading the file of the owner's rhythm, whatever it holds."""

import json
import logging
import math
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from tests.twin.replying.made_rhythm import DOCUMENT, burst, made_rhythm
from twin.replying.rhythm import RHYTHM, STEPS, quantile, read_rhythm

DAMAGED: dict[str, dict[str, Any]] = {
    "another version": {"version": 2},
    "other features": {"features": ["hour"]},
    "a weight too few": {"answers": {"intercept": 0.0, "weights": [0.0]}},
    "no number": {"delay": DOCUMENT["delay"] | {"intercept": float("nan")}},
    "a huge number": {"delay": DOCUMENT["delay"] | {"intercept": 1e300}},
    "a text for a number": {"rate": "0.5"},
    "certain": {"rate": 1.0},
    "as good as certain": {"rate": 1 - 2**-53},
    "more characters than a float has": {"first_characters": 10**400},
    "more bursts than a float has": {
        "chats": {"1": {"bursts": 10**400, "answered": 1, "log_delays": 0.0}}
    },
    "delays of more than all time": {
        "chats": {"1": {"bursts": 1, "answered": 1, "log_delays": 1e308}}
    },
    "falling quantiles": {"late": [float(STEPS - at) for at in range(STEPS)]},
    "too few quantiles": {"gaps": [1.0]},
    "more answers than bursts": {"chats": {"1": {"bursts": 1, "answered": 2, "log_delays": 0.0}}},
    "something unknown": {"code": "print()"},
}


@pytest.mark.parametrize("change", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_is_told_and_ignored(
    change: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / RHYTHM).write_text(json.dumps(DOCUMENT | change))
    with caplog.at_level(logging.WARNING):
        assert read_rhythm(tmp_path) is None
    assert RHYTHM in caplog.text


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff", b"[" * 100_000, b"{"])
def test_so_is_what_is_no_such_document(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / RHYTHM).write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert read_rhythm(tmp_path) is None
    assert RHYTHM in caplog.text


def test_an_adapter_without_one_is_no_fault(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert read_rhythm(tmp_path) is None
    assert not caplog.text


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    (tmp_path / RHYTHM).write_text(json.dumps(DOCUMENT))
    assert read_rhythm(tmp_path) == made_rhythm()


def test_quantiles_between_and_beyond() -> None:
    values = [float(at) for at in range(STEPS)]
    assert quantile(values, 0.0) == 0
    assert quantile(values, 1.0) == STEPS - 1
    assert quantile(values, 0.5) == pytest.approx((STEPS - 1) / 2)


def test_after_years_of_silence_it_is_as_after_a_day() -> None:
    rhythm = made_rhythm()
    day, years = (
        rhythm.features_of(burst(silence_s=silence_s, characters=characters), (), UTC)
        for silence_s, characters in ((86_400.0, 1000), (3e8, 10**7))
    )
    assert day == years


@pytest.mark.parametrize("rate", [1e-6, 1 - 1e-6])
@pytest.mark.parametrize("answered", [0, 10_000_000])
def test_at_the_ends_of_what_a_file_may_say_features_are_finite(rate: float, answered: int) -> None:
    most = {"bursts": 10_000_000, "answered": answered, "log_delays": 2e8}
    features = made_rhythm(rate=rate, chats={"1": most}).features_of(burst(), (), UTC)
    assert all(map(math.isfinite, features))


def test_whatever_the_weights_say_seconds_and_shares_are_finite() -> None:
    """Of a chat that the file doesn't know, too."""
    weights = {"intercept": 1e6, "weights": [1e6] * len(DOCUMENT["features"])}
    rhythm = made_rhythm(answers=weights, delay=weights)
    features = rhythm.features_of(burst(chat_id=99), (None, 3.0), UTC)
    assert 0 < rhythm.probability(features) < 1
    assert 0 < rhythm.delay_s(features, 0.99) < 1e9
