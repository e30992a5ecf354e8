"""Bases with pickled weights: written as safetensors, and nothing that they hold runs."""

import json
import pickle
import random
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from sentencepiece import SentencePieceTrainer

from storage.errors import InputError
from tests.tiny import TEXT, model_config, tiny_index_model, tiny_model
from twin.engine.base_check import check_base
from twin.engine.bases.index_family import normed
from twin.engine.bases.pickles import PICKLE, PICKLE_INDEX, convert
from twin.engine.bases.unpickle import main
from twin.engine.bases.weights_only import tensors_of, write_safetensors
from twin.engine.model import load_base, load_format

# As IndexTeam/Index-1.9B-Chat has them.
INDEX_CONFIG = {
    "architectures": ["IndexForCausalLM"],
    "auto_map": {
        "AutoConfig": "configuration_index.IndexConfig",
        "AutoModelForCausalLM": "modeling_index.IndexForCausalLM",
    },
    "max_length": 4096,
    "model_type": "index",
    "norm_head": 1,
    "rope_scaling": None,
    "tie_word_embeddings": False,
}
RESERVED = {"lstrip": False, "normalized": False, "rstrip": False, "special": True}
INDEX_TOKENIZER = {
    "add_bos_token": False,
    "add_prefix_space": False,
    "added_tokens_decoder": {
        "3": {"content": "reserved_0", "single_word": False, **RESERVED},
        "4": {"content": "reserved_1", "single_word": False, **RESERVED},
    },
    "auto_map": {"AutoTokenizer": ["tokenization_index.IndexTokenizer", None]},
    "bos_token": "<s>",
    "chat_template": "{{ messages[0]['content'] }}",
    "eos_token": "</s>",
    "legacy": False,
    "pad_token": "<unk>",
    "sp_model_kwargs": {},
    "tokenizer_class": "IndexTokenizer",
    "unk_token": "<unk>",
}


class Runs:
    """What a hostile file holds: a call, as soon as it is read."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return (Path.touch, (self._marker,))


def pickled(folder: Path, **save: Any) -> dict[str, torch.Tensor]:
    """The weights of a base as its only file of them; returned too."""
    weights = load_file(folder / "model.safetensors")
    torch.save(OrderedDict(weights), folder / PICKLE, **save)
    (folder / "model.safetensors").unlink()
    return weights


def index_base(folder: Path) -> Path:
    """As Index-1.9B-Chat is published, in small. Its code ends whoever runs it."""
    tiny_index_model(folder)
    weights = pickled(folder)
    words = torch.randn(340, 32, generator=torch.manual_seed(5))
    weights |= {"model.embed_tokens.weight": words, "lm_head.weight": 3 * words.flip(0)}
    torch.save(OrderedDict((n, w.bfloat16()) for n, w in weights.items()), folder / PICKLE)
    settings = json.loads((folder / "config.json").read_text())
    settings |= INDEX_CONFIG | {"vocab_size": 340}
    (folder / "config.json").write_text(json.dumps(settings))
    for name in ("tokenizer.json", "special_tokens_map.json"):
        (folder / name).unlink(missing_ok=True)
    (folder / "tokenizer_config.json").write_text(json.dumps(INDEX_TOKENIZER))
    for name in ("configuration", "modeling", "tokenization"):
        (folder / f"{name}_index.py").write_text("raise SystemExit('it ran')")
    SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT * 10),
        model_prefix=str(folder / "tokenizer"),
        vocab_size=340,
        model_type="bpe",
        byte_fallback=True,
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        normalization_rule_name="identity",
        user_defined_symbols=["reserved_0", "reserved_1"],
        minloglevel=2,
    )
    return folder


@pytest.fixture
def unpickle(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """What the process does, in this one."""
    monkeypatch.setattr("twin.engine.bases.unpickle.refuse_the_rest", lambda _: None)
    monkeypatch.setattr("twin.engine.bases.unpickle.leave_network", lambda: None)

    def run(folder: Path) -> None:
        monkeypatch.setattr(sys, "argv", ["", str(folder)])
        main()

    return run


@pytest.mark.parametrize("how", ["zip", "legacy", "plain pickle"])
def test_nothing_that_a_file_holds_runs(tmp_path: Path, how: str) -> None:
    marker = tmp_path / "it ran"
    content = {"a": torch.ones(2), "b": Runs(marker)}
    path = tmp_path / PICKLE
    if how == "plain pickle":
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=how == "zip")
    pickle.loads(pickle.dumps(Runs(marker)))
    assert marker.exists(), "it would run, where it is loaded as a pickle"
    marker.unlink()
    with pytest.raises(InputError, match=r"holds more than weights|can't be read"):
        tensors_of(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    "content",
    [
        [torch.ones(2)],
        {},
        {"a": 1.0},
        {3: torch.ones(2)},
        {"a": {"b": torch.ones(2)}},
        {"a": torch.ones(2).to_sparse()},
        {"a": torch.ones(2, device="meta")},
    ],
)
def test_what_is_no_weights_by_name_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / PICKLE)
    with pytest.raises(InputError, match=r"^pytorch_model\.bin holds") as refused:
        tensors_of(tmp_path / PICKLE)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\x80", b"PK\x03\x04", random.Random(1).randbytes(500)])
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / PICKLE).write_bytes(content)
    with pytest.raises(InputError, match=r"can't be read|more than weights"):
        tensors_of(tmp_path / PICKLE)


def test_shared_transposed_and_cut_out_weights_are_written_as_they_read(tmp_path: Path) -> None:
    whole = torch.arange(24.0).reshape(4, 6)
    state = {"a": whole, "b": whole, "c": whole.T, "d": whole[1:3, ::2], "e": torch.tensor(3.0)}
    torch.save(state, tmp_path / PICKLE)
    (tmp_path / "config.json").write_text("{}")
    write_safetensors(tmp_path, [tmp_path / PICKLE], tmp_path)
    written = load_file(tmp_path / "model.safetensors")
    assert all(torch.equal(written[name], tensor) for name, tensor in state.items())


def test_several_files_with_an_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unpickle: Callable[[Path], None]
) -> None:
    base = tiny_model(tmp_path / "base")
    weights = pickled(base)
    (base / PICKLE).unlink()
    names = sorted(weights)
    files = {n: f"pytorch_model-{1 + (n > names[5]):05}-of-00002.bin" for n in names}
    for file in set(files.values()):
        torch.save({n: weights[n] for n in names if files[n] == file}, base / file)
    monkeypatch.setattr("twin.engine.bases.weights_only.PART_BYTES", 10_000)

    def says(index: object) -> str:
        (base / PICKLE_INDEX).write_text(json.dumps(index))
        with pytest.raises(SystemExit) as ended:
            unpickle(base)
        return str(ended.value)

    assert "not readable" in says({"weight_map": 3})
    assert "../x, which is missing" in says({"weight_map": {"a": "../x"}})
    assert "00003.bin, which is missing" in says(
        {"weight_map": {"a": "pytorch_model-00003-of-00003.bin"}}
    )
    assert "in none of the files" in says({"weight_map": files | {"z": files[names[0]]}})
    (base / PICKLE_INDEX).write_text(json.dumps({"weight_map": files}))
    with pytest.raises(InputError, match=r"bot\.py bases convert"):
        check_base(model_config(tmp_path, base))
    unpickle(base)
    assert len(list(base.glob("model-*.safetensors"))) > 3
    network = load_base(model_config(tmp_path, base), torch.float32)
    assert all(torch.equal(network.state_dict()[name], weights[name]) for name in names)


def test_the_process_connects_to_nobody_and_starts_nothing() -> None:
    script = """
import os, socket, subprocess, sys, urllib.request
from twin.engine.bases.confined import leave_network, refuse_the_rest
leave_network()
refuse_the_rest(10**8)
for attempt in (
    lambda: socket.create_connection(("127.0.0.1", 9)),
    lambda: subprocess.run([sys.executable, "-c", ""]),
    lambda: os.system("true"),
    lambda: os.execv("/bin/true", ["true"]),
    lambda: urllib.request.urlopen("http://127.0.0.1:9"),
):
    try:
        attempt()
    except PermissionError as error:
        print(error)
try:
    bytearray(2 * 10**8)
except MemoryError:
    print("no memory")
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    said = ran.stdout.splitlines()
    assert len([line for line in said if line.endswith("is refused here")]) == 5
    assert said[-1] == "no memory" or sys.platform != "linux"


def test_index_works_as_it_is_published_and_without_its_code(tmp_path: Path) -> None:
    base = index_base(tmp_path / "base")
    published = tensors_of(base / PICKLE)
    convert(base)
    config = model_config(tmp_path, base)
    check_base(config)
    fmt = load_format(config)
    prompt = fmt.render([{"role": "system", "content": "Sam"}, {"role": "user", "content": "你好"}])
    assert prompt[0] == 0
    assert {3, 4} <= set(prompt)
    assert list(fmt.stop_ids) == [2]
    network = load_base(config, torch.float32)
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        hidden = network.model(ids).last_hidden_state
        wanted = hidden @ torch.nn.functional.normalize(published["lm_head.weight"].float()).T
        assert torch.allclose(network(ids).logits, wanted, atol=0.02, rtol=0.02)
    assert torch.allclose(normed(torch.tensor([[3.0, 4.0]])), torch.tensor([[0.6, 0.8]]))
