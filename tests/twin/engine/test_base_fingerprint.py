"""What an adapter belongs to: the base's weights and tokenizer, not a path."""

import json
import logging
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from storage.errors import InputError, TwinError
from tests.tiny import model_config, tiny_adapter, tiny_model
from training.artifacts import save_adapter
from training.train import new_adapter
from twin.config.schema import Config
from twin.engine import base_fingerprint as fingerprints
from twin.engine.adapter_files import check_adapter, fingerprint_in, stamp
from twin.engine.base_fingerprint import base_fingerprint, fingerprint
from twin.engine.model import load_base


def test_an_adapter_belongs_to_the_base_wherever_its_files_lie(
    tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = model_config(tmp_path, own)
    network = load_base(config, torch.float32)
    folder = save_adapter(config, new_adapter(network, config), "20260101-000000-run1")
    assert fingerprint_in(folder) == base_fingerprint(config)
    (tmp_path / "link").symlink_to(own)
    monkeypatch.setenv("HOME", str(tmp_path))
    for spelled in ("own", "./own/", "../" + tmp_path.name + "/own", f"{own}/", "link", "~/own"):
        check_adapter(folder, model_config(tmp_path, spelled))
    shutil.copytree(own, tmp_path / "copy")
    own.rename(tmp_path / "moved")
    for spelled in ("copy", "moved"):
        check_adapter(folder, model_config(tmp_path, spelled))


def _one_weight(own: Path) -> None:
    weights = load_file(own / "model.safetensors")
    weights["model.layers.1.mlp.up_proj.weight"][3, 5] += 0.001
    save_file(weights, own / "model.safetensors", metadata={"format": "pt"})


def _other_tokenizer(own: Path) -> None:
    text = (own / "tokenizer.json").read_text("utf-8")
    (own / "tokenizer.json").write_text(
        text.replace('"ignore_merges": false', '"ignore_merges": true')
    )


@pytest.mark.parametrize("change", [_one_weight, _other_tokenizer])
def test_other_weights_of_the_same_shape_are_refused_in_one_line(
    tmp_path: Path, own: Path, change: object
) -> None:
    config = model_config(tmp_path, own)
    adapter = tiny_adapter(tmp_path / "a1", config)
    check_adapter(adapter, config)
    assert callable(change)
    times = (own / "model.safetensors").stat()
    change(own)
    os.utime(own / "model.safetensors", ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(TwinError, match="other weights or another tokenizer; train") as refused:
        check_adapter(adapter, config)
    assert "\n" not in str(refused.value)


def test_what_does_not_change_an_answer_does_not_change_the_fingerprint(
    tmp_path: Path, own: Path
) -> None:
    before = fingerprint(own, tmp_path)
    weights = load_file(own / "model.safetensors")
    names = sorted(weights)
    parts = {"a-1.safetensors": names[:5], "a-2.safetensors": names[5:]}
    for file, held in parts.items():
        save_file({name: weights[name] for name in held}, own / file, metadata={"made": "now"})
    index = {"weight_map": {name: file for file, held in parts.items() for name in held}}
    (own / "model.safetensors").unlink()
    (own / fingerprints.INDEX).write_text(json.dumps(index))
    spec = json.loads((own / "tokenizer.json").read_text("utf-8"))
    spec["padding"] = {"length": 8}
    (own / "tokenizer.json").write_text(json.dumps(spec, indent=4), encoding="utf-8")
    assert fingerprint(own, tmp_path) == before
    (own / "a-2.safetensors").unlink()
    with pytest.raises(InputError, match="names it and it is missing"):
        fingerprint(own, tmp_path)


def test_weights_are_read_once(tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint(own, tmp_path)
    monkeypatch.setattr(fingerprints, "_computed", lambda *_: pytest.fail("read again"))
    assert fingerprint(own, tmp_path) == before
    (tmp_path / "fingerprints.json").write_text("torn")
    monkeypatch.undo()
    assert fingerprint(own, tmp_path) == before


@pytest.mark.parametrize(
    "content", [b"", b"\x08", b"\xff" * 40, b"\x02" + b"\0" * 7 + b"[]", b"\x10" + b"\0" * 7 + b"{"]
)
def test_broken_weights_are_told(tmp_path: Path, own: Path, content: bytes) -> None:
    (own / "model.safetensors").write_bytes(content)
    with pytest.raises(InputError, match="fetch or copy the base again"):
        fingerprint(own, tmp_path)


def test_weights_that_are_cut_off_are_told(tmp_path: Path, own: Path) -> None:
    whole = (own / "model.safetensors").read_bytes()
    (own / "model.safetensors").write_bytes(whole[:-1])
    with pytest.raises(InputError, match="cut off"):
        fingerprint(own, tmp_path)


def test_an_adapter_of_an_earlier_version_is_accepted_by_name_once_and_marked(
    tmp_path: Path, own: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = model_config(tmp_path, own)
    adapter = tiny_adapter(tmp_path / "a1", config)
    assert fingerprint_in(adapter) is None
    with pytest.raises(TwinError, match="made for base model"):
        check_adapter(adapter, model_config(tmp_path, tiny_model(tmp_path / "other", spread=0.1)))
    assert fingerprint_in(adapter) is None
    caplog.set_level(logging.INFO)
    check_adapter(adapter, model_config(tmp_path, "own"))  # the same folder, spelled otherwise
    assert "accepted by its base's name" in caplog.text
    assert fingerprint_in(adapter) == base_fingerprint(config)
    shutil.copytree(own, tmp_path / "elsewhere")
    check_adapter(adapter, model_config(tmp_path, "elsewhere"))


def test_a_base_that_is_not_here_is_known_by_its_name(tmp_path: Path, config: Config) -> None:
    away = config.model_copy(
        update={"model": config.model.model_copy(update={"base": "some/where"})}
    )
    adapter = tiny_adapter(tmp_path / "a1", config)
    stamp(adapter, "some/where", "0" * 64)
    settings = json.loads((adapter / "adapter_config.json").read_text())
    settings["base_model_name_or_path"] = "some/where"
    (adapter / "adapter_config.json").write_text(json.dumps(settings))
    check_adapter(adapter, away)
