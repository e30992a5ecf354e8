"""An adapter as GGUF answers in llama.cpp as it does in torch."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    LlamaConfig,
    MistralConfig,
    Qwen2Config,
    Qwen3Config,
    SmolLM3Config,
)

from benchmarks.gguf_file import write_gguf
from storage.errors import InputError, TwinError
from tests.llama_cpp import complete, llama_cpp
from tests.tiny import model_config, tiny_adapter, tiny_model
from tests.twin.engine.asking import said
from twin.config.schema import Config
from twin.engine.export.adapter_gguf import write_adapter_gguf
from twin.engine.model import TorchModel, load_torch_model

TOKENS = 12


def greedy_tokens(model: TorchModel, prompt: list[int]) -> list[int]:
    ids = torch.tensor([prompt])
    for _ in range(TOKENS):
        logits = model.network(ids).logits[:, -1]
        ids = torch.cat([ids, logits.argmax(-1, keepdim=True)], 1)
    return ids[0, len(prompt) :].tolist()


@pytest.mark.model
@pytest.mark.parametrize(
    "family", [LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config, SmolLM3Config]
)
def test_llama_cpp_answers_as_torch_does(family: Any, tmp_path: Path) -> None:
    config = model_config(tmp_path, tiny_model(tmp_path / "base", spread=0.3, family=family))
    adapter = tiny_adapter(tmp_path / "a1", config)
    base, tuned = load_torch_model(config, None), load_torch_model(config, adapter)
    prompt = base.format.render(said("hello there, how are you?"))
    write_gguf(base.network, base.tokenizer, base.format, tmp_path / "base.gguf")
    size = write_adapter_gguf(config, adapter, tmp_path / "new" / "a1.gguf")
    assert size == (tmp_path / "new" / "a1.gguf").stat().st_size
    with (
        torch.inference_mode(),
        llama_cpp(tmp_path / "base.gguf", [tmp_path / "new" / "a1.gguf"]) as address,
    ):
        with_it, without = (
            complete(address, prompt, TOKENS, ignore_eos=True, lora=[{"id": 0, "scale": scale}])
            for scale in (1.0, 0.0)
        )
        assert with_it == greedy_tokens(tuned, prompt)
        assert without == greedy_tokens(base, prompt) != with_it


def test_another_family_is_refused_with_the_command_that_converts_it(
    own: Path, adapter: Path, tmp_path: Path
) -> None:
    config, file = model_config(tmp_path, own), own / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"model_type": "gemma3_text"}))
    with pytest.raises(InputError, match=r"of gemma3_text are not .*convert_lora_to_gguf\.py"):
        write_adapter_gguf(config, adapter, tmp_path / "a1.gguf")
    assert not (tmp_path / "a1.gguf").exists()


def test_nothing_is_left_where_it_cant_be_written(
    config: Config, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gguf.GGUFWriter.write_tensors_to_file", full_disk)
    with pytest.raises(TwinError, match="No space left"):
        write_adapter_gguf(config, adapter, tmp_path / "new" / "a1.gguf")
    assert not (tmp_path / "new").exists()
