"""`device = "cuda:1"` trains there and leaves the first GPU alone. Tests have none: what the
libraries are told is checked.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate.state import AcceleratorState, PartialState
from peft import PeftModel

from training.trainer import training_arguments
from twin.config.schema import Config
from twin.engine import model


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[torch.device]]:
    """Two of them, says torch; the devices that were made the current one."""
    chosen: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    yield chosen
    AcceleratorState._reset_state(reset_partial_state=True)


def on(config: Config, device: str) -> Config:
    return config.with_values("model", device=device)


def test_the_trainer_moves_model_and_batches_to_that_gpu(
    config: Config, gpus: list[torch.device]
) -> None:
    arguments = training_arguments(on(config, "cuda:1"), None, None, 8)
    second = torch.device("cuda:1")
    assert (arguments.device, arguments.n_gpu) == (second, 1)
    assert PartialState().device == second  # where accelerate puts the model
    assert gpus[-1] == second


def test_without_a_number_it_is_the_first(config: Config, gpus: list[torch.device]) -> None:
    arguments = training_arguments(on(config, "cuda"), None, None, 8)
    assert (arguments.device, arguments.n_gpu) == (torch.device("cuda:0"), 1)
    assert training_arguments(on(config, "cpu"), None, None, 8).device == torch.device("cpu")


def test_an_adapter_is_read_to_where_the_network_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told: dict[str, Any] = {}

    class Network:
        device = torch.device("cuda:1")

    def read(network: Network, folder: Path, **options: Any) -> Network:
        told.update(options)
        return network

    monkeypatch.setattr(PeftModel, "from_pretrained", read)
    model.with_adapter(Network(), tmp_path)
    assert told == {"is_trainable": False, "torch_device": "cuda:1"}
