from pathlib import Path

import pytest

from twin.config.schema import ReplySettings
from twin.engine.sampling import SAMPLING, Sampling, sampling_of, store_sampling

AUTO = ReplySettings()
CHOSEN = Sampling(temperature=0.85, top_p=1.0)


def test_an_adapter_is_sampled_as_its_night_chose_and_the_base_as_usual(tmp_path: Path) -> None:
    store_sampling(tmp_path, CHOSEN)
    assert sampling_of(tmp_path, AUTO) == CHOSEN
    assert sampling_of(None, AUTO) == Sampling()


@pytest.mark.parametrize(
    ("set_", "drawn"),
    [
        (ReplySettings(temperature=0.7), Sampling(temperature=0.7, top_p=1.0)),
        (ReplySettings(top_p=0.9), Sampling(temperature=0.85, top_p=0.9)),
        (ReplySettings(temperature=0, top_p=1), Sampling(temperature=0.0, top_p=1.0)),
    ],
)
def test_what_the_owner_fixed_is_used_whatever_a_night_chose(
    tmp_path: Path, set_: ReplySettings, drawn: Sampling
) -> None:
    store_sampling(tmp_path, CHOSEN)
    assert sampling_of(tmp_path, set_) == drawn


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b'{"temperature": 9}',
        b'{"top_p": 0}',
        b'{"top_k": 4}',
        b'{"temperature": NaN}',
        b'{"temperature": "0.7"}',
    ],
)
def test_what_nobody_can_read_is_told_and_the_usual_is_used(
    tmp_path: Path, stored: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / SAMPLING).write_bytes(stored)
    assert sampling_of(tmp_path, AUTO) == Sampling()
    assert SAMPLING in caplog.text


def test_an_adapter_of_before_is_sampled_as_usual(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert sampling_of(tmp_path, AUTO) == Sampling()
    assert not caplog.text
