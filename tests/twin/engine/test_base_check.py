"""A base that no twin can be made of is told by the doctor, and before anything is trained."""

import json
import logging
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig

from storage.errors import InputError, TwinError
from tests.bases.checkpoints import checkpoint
from tests.bases.templates import CHATML
from tests.tiny import model_config, tiny_model
from training.train import new_adapter
from twin.config.load import load_config
from twin.config.schema import Config
from twin.diagnostics.doctor import diagnose
from twin.diagnostics.findings import Check
from twin.engine import runtime
from twin.engine.adapter_files import is_of_other_base, stamp
from twin.engine.base_check import check_base, old_cache_uses
from twin.engine.base_fingerprint import base_fingerprint
from twin.engine.base_trial import try_base
from twin.engine.lora_layers import (
    ALL,
    USUAL,
    layers_to_train,
    lora_shapes,
    not_to_train,
    share_of_experts,
)
from twin.engine.model import load_base, load_format, load_torch_model
from twin.prompting.chat_template import Turn

OWN_CODE = """
from transformers import LlamaConfig, LlamaForCausalLM
class OwnConfig(LlamaConfig):
    model_type = "{kind}"
class OwnModel(LlamaForCausalLM):
    config_class = OwnConfig
    def forward(self, input_ids=None, past_key_values=None, **more):
        {use}
        return super().forward(input_ids, past_key_values=past_key_values, **more)
"""
REGISTERS = """
from transformers import AutoConfig, AutoModelForCausalLM
AutoConfig.register("registered", OwnConfig)
AutoModelForCausalLM.register(OwnConfig, OwnModel)
"""


class Layers(torch.nn.Module):
    """Of a base without anything else."""

    config = LlamaConfig()

    def get_output_embeddings(self) -> None:
        """None."""


HELLO: list[Turn] = [{"role": "user", "content": "hello"}]


def with_own_code(base: Path, use: str = "", kind: str = "own") -> None:
    (base / "modeling_own.py").write_text(OWN_CODE.format(use=use or "pass", kind=kind))
    settings = json.loads((base / "config.json").read_text())
    names = {"AutoConfig": "OwnConfig", "AutoModelForCausalLM": "OwnModel"}
    settings |= {"model_type": kind, "architectures": ["OwnModel"]}
    settings["auto_map"] = {auto: f"modeling_own.{name}" for auto, name in names.items()}
    (base / "config.json").write_text(json.dumps(settings))


def base_check(config: Config) -> Check:
    [found] = [check for check in diagnose(config) if check.name == "base model"]
    return found


def _only_pickled(base: Path) -> None:
    (base / "model.safetensors").rename(base / "pytorch_model.bin")


def _cut(base: Path) -> None:
    path = base / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def _shard_missing(base: Path) -> None:
    (base / "model.safetensors").rename(base / "model-00001.safetensors")
    index = {"weight_map": {"a": "model-00001.safetensors", "b": "model-00002.safetensors"}}
    (base / "model.safetensors.index.json").write_text(json.dumps(index))


def _index_without_end(base: Path) -> None:
    _shard_missing(base)
    (base / "model.safetensors.index.json").write_text("[" * 10_000)


def _header_without_end(base: Path) -> None:
    header = b"[" * 10_000
    (base / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)


def _settings(**values: object) -> Callable[[Path], None]:
    def change(base: Path) -> None:
        settings = json.loads((base / "config.json").read_text())
        (base / "config.json").write_text(json.dumps(settings | values))

    return change


def _template(text: str) -> Callable[[Path], None]:
    def change(base: Path) -> None:
        (base / "chat_template.jinja").write_text(text, encoding="utf-8")

    return change


@pytest.mark.parametrize(
    ("spoil", "says", "remedy"),
    [
        (_only_pickled, r"no \.safetensors", r"bot\.py bases convert"),
        (_cut, "cut off", "fetch or copy the base again"),
        (_shard_missing, "model-00002.safetensors", "fetch the base again"),
        (_index_without_end, "not readable", "fetch or copy the base again"),
        (_header_without_end, "no safetensors file", "fetch or copy the base again"),
        (lambda base: (base / "config.json").write_text("{"), "can't be loaded", "check"),
        (_settings(model_type="nobody-knows-it"), "can't be loaded", "check"),
        (_settings(model_type="t5"), "no model that writes text", "choose a base"),
        (with_own_code, "can't be loaded", "trust_remote_code"),
        (_settings(max_position_embeddings=900), "768 \\+ 256", "context_tokens = 644"),
        (_settings(max_position_embeddings=200), "768 \\+ 256", r"lower \[reply\] max_tokens"),
        (_settings(vocab_size=100), "embeddings for 100", "fetch the base again"),
        (_template("{{ 'long ' * 400 }}" + CHATML), "of its own", "context_tokens = "),
        (_template("{{ 'long ' * 100 }}" + CHATML), "of its own", r"\[train\] max_tokens = "),
        (_template("{{ raise_exception('no') }}"), "can't write a plain conv", "choose another"),
        (lambda base: (base / "tokenizer.json").write_text("{"), "can't be loaded", "check"),
    ],
)
def test_what_no_twin_can_be_made_of_is_refused_with_a_remedy(
    tmp_path: Path, own: Path, spoil: Callable[[Path], object], says: str, remedy: str
) -> None:
    config = model_config(tmp_path, own)
    spoil(own)
    with pytest.raises(TwinError, match=says) as refused:
        check_base(config)
    with pytest.raises(TwinError, match=remedy):
        check_base(config)
    assert "\n" not in str(refused.value)
    told = base_check(config)
    assert (told.verdict, told.code) == ("fail", "base_unusable")


@pytest.mark.parametrize(
    ("family", "says"), [("rwkv", "differently in a batch"), ("bert", "reads what comes after")]
)
def test_what_only_shows_when_it_computes_is_tried(tmp_path: Path, family: str, says: str) -> None:
    config = model_config(tmp_path, checkpoint(tmp_path / "base", family, "CHATML", "byte BPE"))
    check_base(config)
    with pytest.raises(InputError, match=says):
        try_base(load_base(config, torch.float32), load_format(config))
    assert says in base_check(config).found


def test_a_base_that_works_is_said_to(config: Config) -> None:
    found = base_check(config)
    assert (found.verdict, "it can be trained and writes" in found.found) == ("ok", True)


@pytest.mark.parametrize(("kind", "more"), [("own", ""), ("registered", REGISTERS)])
def test_code_of_the_base_loads_again_and_again_when_it_is_trusted(
    tmp_path: Path, own: Path, kind: str, more: str
) -> None:
    with_own_code(own, kind=kind)
    with (own / "modeling_own.py").open("a") as file:
        file.write(more)
    config = model_config(tmp_path, own, trust_remote_code=True)
    assert base_check(config).verdict == "ok"
    first, second = (load_torch_model(config, None) for _ in range(2))
    asked = ([HELLO], 4, 0.0, 1.0)
    assert [r.text for r in first.generate(*asked)] == [r.text for r in second.generate(*asked)]


def test_code_that_loads_only_once_is_refused_with_the_reason(tmp_path: Path, own: Path) -> None:
    with_own_code(own)
    with (own / "modeling_own.py").open("a") as file:
        file.write("    def __init__(self, config):\n        super().__init__(config)\n")
        file.write("        if hasattr(OwnModel, 'there'): raise ValueError('already there')\n")
        file.write("        OwnModel.there = True\n")
    found = base_check(model_config(tmp_path, own, trust_remote_code=True))
    assert (found.verdict, found.code) == ("fail", "base_unusable")
    assert "loads once and not again" in found.found
    assert "already there" in found.found


@pytest.mark.parametrize(
    "use",
    [
        "seen = past_key_values.get_usable_length(1) if past_key_values is not None else 0",
        "past_key_values = past_key_values and past_key_values.to_legacy_cache()",
        "seen = past_key_values[0][0].shape[2] if past_key_values is not None else 0",
    ],
)
def test_code_for_a_cache_that_is_gone_is_told(tmp_path: Path, own: Path, use: str) -> None:
    with_own_code(own, use)
    assert len(old_cache_uses(own)) == 1
    config = model_config(tmp_path, own, trust_remote_code=True)
    found = base_check(config)
    assert (found.verdict, found.code) == ("fail", "base_unusable")
    assert "can't write a word with transformers" in found.found


def test_code_for_a_cache_that_is_gone_is_named_where_it_is_not_reached(
    tmp_path: Path, own: Path
) -> None:
    with_own_code(own, "seen = self.training and past_key_values.get_usable_length(1)")
    found = base_check(model_config(tmp_path, own, trust_remote_code=True))
    assert (found.verdict, found.code) == ("warn", "old_cache")
    assert "get_usable_length" in found.found


def test_an_adapter_of_other_weights_is_told(tmp_path: Path, own: Path) -> None:
    config = model_config(tmp_path, own)
    folder = tmp_path / "adapter"
    folder.mkdir()
    assert not is_of_other_base(folder, config)
    stamp(folder, str(own), base_fingerprint(config) or "")
    assert not is_of_other_base(folder, config)
    tiny_model(own, spread=0.3)
    assert is_of_other_base(folder, config)


@pytest.mark.parametrize(
    ("family", "layers"),
    [
        ("llama", ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]),
        ("gpt2", ["c_attn", "c_fc", "c_proj"]),
        ("phi3", ["down_proj", "gate_up_proj", "o_proj", "qkv_proj"]),
        ("mixtral", ["k_proj", "o_proj", "q_proj", "v_proj"]),
        ("mamba", ["dt_proj", "in_proj", "x_proj"]),
    ],
)
def test_the_layers_that_are_trained(tmp_path: Path, family: str, layers: list[str]) -> None:
    base = checkpoint(tmp_path / "base", family, "CHATML", "byte BPE")
    config = model_config(tmp_path, base)
    network = load_base(config, torch.float32)
    assert sorted(layers_to_train(network, config.train.targets)) == sorted(layers)
    assert layers_to_train(network, layers[:1]) == layers[:1]
    with pytest.raises(InputError, match="no such layers; take some of"):
        layers_to_train(network, ["query"])
    shapes = lora_shapes(network, layers, 2)
    assert all(2 in shape for shape in shapes.values())


def test_all_linear_layers_are_trained_where_the_usual_ones_are_few_of_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "twin")
    network = Layers()
    for name in USUAL:
        setattr(network, name, torch.nn.Linear(10, 10))
    network.other = torch.nn.Linear(10, 7)  # 700 of 770 weights are in the usual ones
    assert layers_to_train(network, USUAL) == list(USUAL)
    assert layers_to_train(network, [ALL]) == sorted([*USUAL, "other"])
    assert "as set" in caplog.messages[-1]
    network.other = torch.nn.Linear(10, 8)
    assert layers_to_train(network, USUAL) == sorted([*USUAL, "other"])
    assert "the usual ones are 90% of their weights" in caplog.messages[-1]
    assert layers_to_train(network, USUAL[:1]) == ["q_proj"], "what is set is done"


@pytest.mark.parametrize(
    ("family", "more"),
    [("mixtral", {}), ("granitemoe", {"num_local_experts": 4, "num_experts_per_tok": 2})],
)
def test_experts_are_told_and_not_trained(
    tmp_path: Path, family: str, more: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "twin")
    config = model_config(
        tmp_path, checkpoint(tmp_path / "base", family, "CHATML", "byte BPE", **more)
    )
    network = load_base(config, torch.float32)
    assert 0.7 < share_of_experts(network) < 0.95
    told = base_check(config).found
    assert re.search(r"; its experts, [789]\d% of its layers' weights, are not trained", told)
    assert f"; answers are computed by torch: models of type {family} aren't known" in told
    tuned = new_adapter(network, config)
    learnt = [name for name, weight in tuned.named_parameters() if weight.requires_grad]
    assert learnt
    assert not any("expert" in name or "block_sparse_moe" in name for name in learnt)
    assert "are not trained" in caplog.text


def test_what_sees_pictures_learns_nothing(tmp_path: Path) -> None:
    base = checkpoint(tmp_path / "base", "gemma3", "GEMMA_3_PARTS", "byte BPE")
    network = load_base(model_config(tmp_path, base), torch.float32)
    assert all("vision" in name for name in not_to_train(network, ["q_proj"]))
    assert not any("vision" in name for name in lora_shapes(network, ["q_proj"], 2))


@pytest.mark.parametrize("name", ["torch", "openvino"])
def test_every_end_of_the_base_ends_a_reply(
    tmp_path: Path, own: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    config = model_config(tmp_path, own, runtime=name, prefix_cache_mb=1)
    caplog.set_level(logging.ERROR)
    model = runtime.load_model(config, None)
    [before] = model.generate([HELLO], 4, 0.0, 1.0)
    network, fmt = load_base(config, torch.float32), load_format(config)
    with torch.inference_mode():
        first = int(network(torch.tensor([fmt.render(HELLO)])).logits[0, -1].argmax())
    assert before.tokens == 4
    ends = {"eos_token_id": [fmt.stop_ids[0], first]}
    (own / "generation_config.json").write_text(json.dumps(ends))
    [after] = runtime.load_model(config, None).generate([HELLO], 4, 0.0, 1.0)
    assert (after.text, after.tokens, after.stopped) == ("", 1, True)


def test_the_default_base_is_not_unpacked_for_a_look(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("", encoding="utf-8")
    assert base_check(load_config(path)).verdict == "ok"
    assert not (tmp_path / "data" / "models").exists()
