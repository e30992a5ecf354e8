"""Write an adapter as GGUF, as llama.cpp's `--lora` and Ollama's `ADAPTER` take it.

The format is that of llama.cpp's convert_lora_to_gguf.py. Imports no torch.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from storage.atomic_files import scratch_folder, sync
from storage.errors import InputError
from storage.texts import Text
from twin.config.schema import Config
from twin.engine.base_models import resolve_base
from twin.engine.export.lora_weights import LoraWeights, Weights, read_lora
from twin.engine.export.room import cant_write, check_room

_ENDINGS = (".weight", ".bias")


@dataclass(frozen=True, slots=True)
class _Family:
    """`by_pairs`: llama.cpp keeps the two rotated halves of a query or key pair by pair."""

    name: gguf.MODEL_ARCH
    by_pairs: bool


# By transformers' name; each was compared with torch by the answers of llama.cpp.
_FAMILIES = {
    "llama": _Family(gguf.MODEL_ARCH.LLAMA, by_pairs=True),
    "mistral": _Family(gguf.MODEL_ARCH.LLAMA, by_pairs=True),
    "smollm3": _Family(gguf.MODEL_ARCH.SMOLLM3, by_pairs=True),
    "qwen2": _Family(gguf.MODEL_ARCH.QWEN2, by_pairs=False),
    "qwen3": _Family(gguf.MODEL_ARCH.QWEN3, by_pairs=False),
}


def write_adapter_gguf(config: Config, adapter: Path, file: Path) -> int:
    """Write the adapter's folder as one file, complete or not at all; its size in bytes.

    Raises InputError for a family of bases or an adapter that is not converted here, and TwinError
    where the disk is full.
    """
    base = resolve_base(config)
    settings = json.loads((base / "config.json").read_text(encoding="utf-8"))
    family = _family_of(settings, base, adapter)
    lora = read_lora(adapter)
    tensors = list(_tensors(lora, family, settings))
    check_room(file.parent, sum(weight.nbytes for _, weight in tensors))
    try:
        with scratch_folder(file.parent, "export") as scratch:
            made = scratch / file.name
            _write(made, family, lora.alpha, tensors)
            made.replace(file)
    except OSError as error:
        raise cant_write(file, error) from error
    return file.stat().st_size


def _family_of(settings: Any, base: Path, adapter: Path) -> _Family:
    kind = settings.get("model_type")
    if (family := _FAMILIES.get(kind)) is not None:
        return family
    raise InputError(
        Text(
            "GGUF: adapters of {kind} are not converted here, only those of {kinds}; llama.cpp's "
            "own converter may: `python convert_lora_to_gguf.py --base {base} {adapter}`",
            kind=kind,
            kinds=", ".join(_FAMILIES),
            base=base,
            adapter=adapter,
        )
    )


def _tensors(lora: LoraWeights, family: _Family, settings: Any) -> Iterator[tuple[str, Weights]]:
    names = gguf.get_tensor_name_map(family.name, settings["num_hidden_layers"])
    heads = {"q_proj": settings["num_attention_heads"], "k_proj": _key_heads(settings)}
    for layer, (a, b) in lora.layers.items():
        name = names.get_name(f"{layer}.weight", try_suffixes=_ENDINGS)
        if name is None:
            raise InputError(
                Text("GGUF: llama.cpp knows no layer {layer} in this family of bases", layer=layer)
            )
        last = layer.rpartition(".")[2]
        if family.by_pairs and last in heads:
            b = _by_pairs(b, heads[last])
        yield f"{name}.lora_a", np.ascontiguousarray(a)
        yield f"{name}.lora_b", np.ascontiguousarray(b)


def _key_heads(settings: Any) -> int:
    return int(settings.get("num_key_value_heads") or settings["num_attention_heads"])


def _by_pairs(rows: Weights, heads: int) -> Weights:
    """Reorder each head's rows from (first halves, second halves) to pairs."""
    halves = rows.reshape(heads, 2, rows.shape[0] // heads // 2, rows.shape[1])
    return halves.swapaxes(1, 2).reshape(rows.shape)


def _write(path: Path, family: _Family, alpha: float, tensors: list[tuple[str, Weights]]) -> None:
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[family.name])
    try:
        writer.add_type(gguf.GGUFType.ADAPTER)
        writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
        writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, alpha)
        for name, weight in tensors:
            writer.add_tensor(name, weight)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()
    sync(path)
