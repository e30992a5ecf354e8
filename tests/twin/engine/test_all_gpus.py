"""A base over several GPUs, by its plan: the weights have shapes here, and no values."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import infer_auto_device_map
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.distributed import DistributedConfig

from storage.errors import InputError
from tests.tiny import model_config
from twin.config.schema import Config
from twin.engine.bases import costs
from twin.engine.bases.fit import fit
from twin.engine.bases.known import find_known
from twin.engine.bases.machine import Machine
from twin.engine.device import choose_device
from twin.engine.model import loading_options

GB = 10**9
FOUR = Machine(
    device="cuda",
    dtype="bfloat16",
    dtype_bytes=2,
    flops=1e14,
    bandwidth=1e12,
    disk_free=100 * GB,
    gpu="a GPU",
    gpu_free=24 * GB,
    gpu_total=24 * GB,
    gpus=4,
)
ONE = replace(FOUR, gpus=1)
KNOWN = find_known("qwen3-8b")
assert KNOWN is not None
SHAPE = KNOWN.shape


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return model_config(tmp_path, "qwen3-8b", device="gpus", dtype="bfloat16")


@pytest.fixture(scope="module")
def network() -> Any:
    names = [
        *("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"),
        *("num_key_value_heads", "head_dim", "vocab_size", "tie_word_embeddings"),
    ]
    values = {name: getattr(SHAPE, name) for name in names}
    with torch.device("meta"):
        return AutoModelForCausalLM.from_config(
            AutoConfig.for_model(SHAPE.model_type, **values), dtype=torch.bfloat16
        )


def size(module: Any) -> int:
    return sum(weight.numel() * weight.element_size() for weight in module.parameters())


def test_trained_it_is_shared_out_whole(config: Config, network: Any) -> None:
    planned = {name.removesuffix(".*") for name in network.fsdp_plan}
    for name, _ in network.named_parameters():
        assert any(name.startswith(each) for each in planned)
    # A quarter of all, and as a whole the layer that computes, the next one, and the output layer.
    each = size(network) / 4 + 2 * size(network.model.layers[0]) + size(network.lm_head)
    estimated = costs.training_bytes(SHAPE, FOUR, config) / 4
    assert each < estimated < FOUR.gpu_total < costs.training_bytes(SHAPE, ONE, config)


def test_answering_its_layers_follow_each_other(config: Config, network: Any) -> None:
    def on(gpus: int) -> set[Any]:
        room = dict.fromkeys(range(gpus), 12 * GB) | {"cpu": 100 * GB}
        whole = network._no_split_modules
        placed = infer_auto_device_map(network, room, no_split_module_classes=whole)
        return set(placed.values())

    assert on(1) == {0, "cpu"}
    assert on(4) <= {0, 1, 2, 3}
    assert 12 * GB < size(network) < costs.answering_bytes(SHAPE, FOUR, config) < 4 * 12 * GB


def test_what_fits_is_told(config: Config) -> None:
    one = config.model_copy(update={"model": config.model.model_copy(update={"device": "auto"})})
    refused = fit(SHAPE, FOUR, one)
    assert refused.verdict == "no"
    assert 'device = "gpus" it lies over all 4' in str(refused.reason)
    assert fit(SHAPE, FOUR, config).verdict in ("fits", "tight")
    assert "there is 24" in str(fit(SHAPE, ONE, config).reason)


def test_how_it_is_loaded(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_device(config.model) == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match=r'device = "gpus": there is no CUDA GPU'):
        loading_options(config, "cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert loading_options(config, "cuda") == {"device_map": "auto"}
    [options] = loading_options(config, "cuda", shards=4).values()
    assert isinstance(options, DistributedConfig)
    assert options.fsdp_size == 4
