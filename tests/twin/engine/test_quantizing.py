"""A base in 4 bits. Tests have no GPU, so what is passed to transformers is checked."""

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from storage.errors import InputError
from tests.tiny import model_config
from twin.config.schema import Config
from twin.engine import model
from twin.engine.model import load_base, load_torch_model
from twin.engine.model_pool import on_cpu
from twin.prompting.chat_template import Turn


@pytest.fixture
def four(tmp_path: Path, base: Path) -> Config:
    return model_config(tmp_path, base, quantize="4bit", device="cuda:0")


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch and find_spec say that there is a GPU and the package."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(model, "find_spec", lambda name: name)


def test_no_options_where_weights_are_read_as_they_are(config: Config) -> None:
    assert model.loading_options(config, "cuda") == {}


@pytest.mark.parametrize("device", ["cpu", "mps", "cuda"])
def test_without_a_gpu_it_is_refused_in_one_line(
    four: Config, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match=r"quantize = '4bit': .* no CUDA GPU") as caught:
        model.loading_options(four, device)
    assert 'set quantize = "none"' in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("gpu")
def test_without_the_package_too(four: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="bitsandbytes is not installed; run `pip install"):
        load_base(four, torch.bfloat16)


def test_transformers_takes_what_it_is_told() -> None:
    """The real class, so that a renamed argument is seen: it takes unknown ones without a word."""
    options = model.four_bits()
    assert (options.load_in_4bit, options.load_in_8bit) == (True, False)
    assert options.quantization_method() == "nf4"
    assert options.bnb_4bit_compute_dtype is torch.bfloat16


@pytest.mark.usefixtures("gpu")
def test_the_base_is_read_into_4_bits_on_its_device_and_not_moved(
    four: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed: dict[str, Any] = {}

    class Model:
        def eval(self) -> "Model":
            return self

    def read(folder: Path, **options: Any) -> tuple[Model, dict[str, Any]]:
        passed.update(options)
        return Model(), {"missing_keys": set()}

    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", read)
    assert isinstance(load_base(four, torch.bfloat16), Model)
    assert passed["quantization_config"].quantization_method() == "nf4"
    assert passed["device_map"] == {"": "cuda:0"}
    assert (passed["dtype"], passed["use_safetensors"]) == (torch.bfloat16, True)


def test_an_adapter_stays_beside_4_bits(
    tmp_path: Path, config: Config, adapter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merged = load_torch_model(config, adapter)
    four = model_config(tmp_path, config.model.base, quantize="4bit")
    monkeypatch.setattr(model, "loading_options", lambda *_: {"device_map": {"": "cpu"}})
    beside = load_torch_model(four, adapter)
    assert isinstance(beside.network, PeftModel)
    assert beside.adapter == merged.adapter
    turns: list[Turn] = [{"role": "user", "content": "hi"}]
    said = [each.generate([turns], 8, 0, 1.0)[0].text for each in (merged, beside)]
    assert said[0] == said[1]
    assert type(load_torch_model(four, None).network) is type(merged.network)


def test_the_processor_computes_with_whole_weights(four: Config) -> None:
    moved = on_cpu(four)
    assert (moved.model.device, moved.model.quantize) == ("cpu", "none")
    assert model.loading_options(moved, "cpu") == {}
