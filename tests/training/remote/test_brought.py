"""What comes back from another machine is not trusted."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from sqlite_utils import Database

from storage.errors import TwinError
from storage.runs import start_run
from training.artifacts import FOLDER
from training.dataset.build import build
from training.progress_bar import Progress
from training.remote.brought import Result, make_adapter, most_bytes, read_result
from training.train import train
from twin.config.schema import Config
from twin.engine.adapter_files import ADAPTER_SETTINGS, ADAPTER_WEIGHTS, check_adapter

pytestmark = pytest.mark.slow

FINE: dict[str, Any] = {
    "steps": 9,
    "tokens": 900,
    "tokens_per_second": 90.5,
    "resumed": False,
    "loss": [[5, 3.5]],
    "learning_rate": [],
    "bytes": 10,
    "sha256": "0" * 64,
}


def test_a_result(config: Config) -> None:
    assert read_result(json.dumps(FINE).encode(), 10).loss == [(5, 3.5)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"steps": -1}, "steps"),
        ({"steps": 10**30}, "steps"),
        ({"tokens_per_second": float("nan")}, "tokens_per_second"),
        ({"loss": [[1, float("inf")]]}, "loss"),
        ({"loss": [[1]]}, "loss"),
        ({"loss": "x"}, "loss"),
        ({"sha256": "../../../etc/passwd"}, "sha256"),
        ({"sha256": "0" * 64 + "\n"}, "sha256"),
        ({"bytes": 0}, "bytes"),
        ({"bytes": 11}, "more than the base model"),
        ({"canaries": 0}, "canaries"),
        ({"path": "/etc/passwd"}, "path"),
    ],
)
def test_any_other_is_refused_in_a_line(change: dict[str, Any], told: str) -> None:
    with pytest.raises(TwinError, match=told) as error:
        read_result(json.dumps(FINE | change).encode(), 10)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_document_is_refused(content: bytes) -> None:
    with pytest.raises(TwinError):
        read_result(content, 10)


def result_of(weights: Path) -> Result:
    from hashlib import sha256

    digest = sha256(weights.read_bytes()).hexdigest()
    return Result.model_validate(FINE | {"bytes": weights.stat().st_size, "sha256": digest})


@pytest.fixture
def trained(chats: Database, config: Config) -> Path:
    """An adapter that was trained here."""
    run_id = start_run(chats, "test", 1)
    with Progress(show=False) as progress:
        adapter = train(config, chats, run_id, build(chats, config), 1, progress, 0)
    return config.path_of(adapter.path)


def test_the_adapter_is_the_one_that_this_machine_would_have_made(
    trained: Path, config: Config, tmp_path: Path
) -> None:
    weights = tmp_path / "weights"
    save_file(load_file(trained / ADAPTER_WEIGHTS), weights, {"evil": "metadata", "format": "tf"})
    made = make_adapter(config, weights, result_of(weights), "20260101-000000-run9")
    assert made == config.path_of(FOLDER, "20260101-000000-run9")
    check_adapter(made, config)
    for name in (ADAPTER_SETTINGS, "base.json", ADAPTER_WEIGHTS):
        assert (made / name).read_bytes() == (trained / name).read_bytes()
    assert weights.stat().st_size < most_bytes(config)

    numbers = load_file(weights)
    name, first = next(iter(numbers.items()))
    wrong: dict[str, dict[str, torch.Tensor]] = {
        "other weights": {key: value for key, value in numbers.items() if key != name},
        "other weights than": {**numbers, "base_model.model.lm_head.weight": first.clone()},
        "other weights than the": {**numbers, name: first[:1].clone()},
        "no finite numbers": {**numbers, name: torch.full_like(first, float("nan"))},
        "no finite numbers in": {**numbers, name: first.to(torch.bfloat16)},
    }
    for told, tensors in wrong.items():
        save_file(tensors, weights)
        with pytest.raises(TwinError, match=told):
            make_adapter(config, weights, result_of(weights), "x-run1")
    weights.write_bytes(b"\x80\x04\x95 a pickle")
    with pytest.raises(TwinError, match="can't be read"):
        make_adapter(config, weights, result_of(weights), "x-run1")
    with pytest.raises(TwinError, match="other bytes than it says"):
        make_adapter(config, weights, Result.model_validate(FINE), "x-run1")
    assert {path.name for path in made.parent.iterdir()} == {trained.name, made.name}
