"""The merged folder is loaded by transformers and computes what base and adapter do together."""

import json
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2Config

from storage.errors import InputError, TwinError
from tests.tiny import model_config, tiny_adapter
from twin.config.schema import Config
from twin.engine.export import merged, room
from twin.engine.export.merged import export_merged, has_template

IDS = torch.arange(3, 40)[None]


def told(done: int, total: int) -> None:
    """Nobody watches."""


def logits(base: Path, adapter: Path | None = None) -> torch.Tensor:
    model = AutoModelForCausalLM.from_pretrained(base)
    if adapter is not None:
        model = PeftModel.from_pretrained(model, adapter)
    with torch.inference_mode():
        found: torch.Tensor = model.eval()(IDS).logits
    return found


@pytest.mark.parametrize("shards", [False, True])
def test_it_computes_what_both_do(own: Path, adapter: Path, tmp_path: Path, shards: bool) -> None:
    config = model_config(tmp_path, own)
    if shards:
        AutoModelForCausalLM.from_pretrained(own).save_pretrained(own, max_shard_size="30KB")
        (own / "model.safetensors").unlink()
    (own / "LICENSE").write_text("free")
    (own / "README.md").write_text("the base")
    (own / "pytorch_model.bin.index.json").write_text("{}")
    steps: list[tuple[int, int]] = []
    made = tmp_path / "new" / "made"
    size = export_merged(config, adapter, made, lambda *step: steps.append(step))
    assert torch.allclose(logits(made), logits(own, adapter), atol=1e-5)
    assert not torch.allclose(logits(made), logits(own), atol=1e-2)
    assert has_template(made)
    assert AutoTokenizer.from_pretrained(made).chat_template
    assert (made / "LICENSE").is_file()
    assert not (made / "README.md").exists()
    assert not (made / "pytorch_model.bin.index.json").exists()
    assert size == sum(path.stat().st_size for path in made.iterdir())
    assert steps == sorted(steps)
    assert 0.8 < steps[-1][0] / steps[-1][1] <= 1
    assert [path.name for path in made.parent.iterdir()] == ["made"]


def test_a_base_that_keeps_its_weights_the_other_way_round(tmp_path: Path) -> None:
    base, adapter = tmp_path / "gpt2", tmp_path / "a2"
    shape = GPT2Config(vocab_size=64, n_embd=16, n_layer=2, n_head=2, n_positions=64)
    AutoModelForCausalLM.from_config(shape).save_pretrained(base)
    without_prefix = {
        name.removeprefix("transformer."): weight
        for name, weight in load_file(base / "model.safetensors").items()
    }
    save_file(without_prefix, base / "model.safetensors", {"format": "pt"})
    tuned = get_peft_model(
        AutoModelForCausalLM.from_pretrained(base),
        LoraConfig(r=2, target_modules=["c_attn", "c_fc"], fan_in_fan_out=True),
    )
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight)
    tuned.save_pretrained(adapter)
    config = model_config(tmp_path, base)
    export_merged(config, adapter, tmp_path / "made", told)
    assert torch.allclose(logits(tmp_path / "made"), logits(base, adapter), atol=1e-5)
    assert not has_template(tmp_path / "made")


def test_the_precision_of_the_base_is_kept(own: Path, adapter: Path, tmp_path: Path) -> None:
    config, file = model_config(tmp_path, own), own / "model.safetensors"
    save_file({name: w.bfloat16() for name, w in load_file(file).items()}, file, {"format": "pt"})
    export_merged(config, adapter, tmp_path / "made", told)
    kinds = {w.dtype for w in load_file(tmp_path / "made" / "model.safetensors").values()}
    assert kinds == {torch.bfloat16}


def test_what_cant_be_merged_is_refused_and_nothing_is_left(
    own: Path, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, made, file = model_config(tmp_path, own), tmp_path / "made", own / "model.safetensors"
    before = sorted(tmp_path.iterdir())
    weights = load_file(file)
    layer = "model.layers.1.mlp.down_proj.weight"
    save_file({**weights, layer: weights[layer].to(torch.int8)}, file)
    with pytest.raises(InputError, match="int8 of 32 x 64, and nothing can be merged"):
        export_merged(config, adapter, made, told)
    save_file({name: w for name, w in weights.items() if name != layer}, file)
    with pytest.raises(InputError, match=r"hold no weights model\.layers\.1\.mlp\.down_proj"):
        export_merged(config, adapter, made, told)
    save_file(weights, file)
    file.rename(own / "model-00001-of-00002.safetensors")
    index = own / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {layer: "model-00002-of-00002.safetensors"}}))
    with pytest.raises(InputError, match="names it and it is missing; fetch the base again"):
        export_merged(config, adapter, made, told)
    (own / "model-00001-of-00002.safetensors").rename(file)
    index.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(room, "_SPARE_BYTES", 10**18)
        with pytest.raises(InputError, match="are free; free some"):
            export_merged(config, adapter, made, told)
        patch.setattr(merged, "save_file", _full_disk)
        patch.setattr(room, "_SPARE_BYTES", 0)
        with pytest.raises(TwinError, match=r"can't be written .*No space left"):
            export_merged(config, adapter, made, told)
    made.write_text("somebody else's")
    with pytest.raises(TwinError, match="can't be written"):
        export_merged(config, adapter, made, told)
    assert made.read_text() == "somebody else's"
    made.unlink()
    assert sorted(tmp_path.iterdir()) == before


def _full_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("name", "value"), [("use_rslora", True), ("alpha_pattern", {"q_proj": 2})]
)
def test_other_adapters_than_plain_lora_are_refused(
    config: Config, adapter: Path, tmp_path: Path, name: str, value: object
) -> None:
    tiny_adapter(adapter, config)
    file = adapter / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {name: value}))
    with pytest.raises(InputError, match=f"not plain LoRA \\({name}\\)"):
        export_merged(config, adapter, tmp_path / "made", told)


def test_an_adapter_with_half_of_its_weights_is_refused(
    config: Config, adapter: Path, tmp_path: Path
) -> None:
    file = adapter / "adapter_model.safetensors"
    weights = load_file(file)
    save_file(
        {name: w for name, w in weights.items() if "layers.1" not in name or "_A" in name}, file
    )
    with pytest.raises(InputError, match="not plain LoRA"):
        export_merged(config, adapter, tmp_path / "made", told)
    file.write_bytes(b"cut")
    with pytest.raises(TwinError, match="not a readable adapter"):
        export_merged(config, adapter, tmp_path / "made", told)
