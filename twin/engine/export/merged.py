"""Write the base with an adapter merged into it: a folder that any other program loads.

File by file, so no more of the base is in memory than one of its files.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from storage.atomic_files import scratch_folder, sync
from storage.errors import InputError, cause_of
from storage.texts import Text
from twin.config.schema import Config
from twin.engine.base_fingerprint import INDEX, SINGLE, weight_files
from twin.engine.base_models import resolve_base
from twin.engine.export.lora_weights import LoraWeights, read_lora
from twin.engine.export.room import cant_write, check_room

Told = Callable[[int, int], None]  # bytes written, and how many it will be

_SETTINGS = (".json", ".jinja", ".model", ".tiktoken", ".txt", ".py")
_LICENCES = ("LICENSE", "LICENCE", "NOTICE")


def export_merged(config: Config, adapter: Path, folder: Path, told: Told) -> int:
    """Write the new folder, complete or not at all; its size in bytes. The base's own precision is
    kept; the sum is made in float32.

    Raises InputError for a base or an adapter that can't be merged, and TwinError where the disk is
    full. A killed process leaves `.export-…` beside the folder.
    """
    base, lora = resolve_base(config), read_lora(adapter)
    weights, small = weight_files(base), _small_files(base)
    layers = _by_tensor(lora, _tensor_names(weights), base)
    total = sum(path.stat().st_size for path in (*weights, *small))
    check_room(folder.parent, total)
    done = 0
    try:
        with scratch_folder(folder.parent, "export") as scratch:
            made = scratch / folder.name
            made.mkdir()
            for path in small:
                shutil.copyfile(path, made / path.name)
            for path in weights:
                for size in _merge_file(path, made / path.name, lora, layers):
                    done += size
                    told(done, total)
            _keep(made, folder)
    except OSError as error:
        raise cant_write(folder, error) from error
    return sum(path.stat().st_size for path in folder.iterdir())


def has_template(folder: Path) -> bool:
    """Whether a base brings a chat template, which servers need to be asked with messages."""
    if (folder / "chat_template.jinja").is_file():
        return True
    settings = folder / "tokenizer_config.json"
    return settings.is_file() and "chat_template" in json.loads(settings.read_text("utf-8"))


def _small_files(base: Path) -> list[Path]:
    """Settings, tokenizer, template, code and licence; an index only of the weights that come."""
    index = None if (base / SINGLE).is_file() else INDEX
    return [
        path
        for path in sorted(base.iterdir())
        if path.is_file()
        and (path.suffix in _SETTINGS or path.stem.upper() in _LICENCES)
        and (not path.name.endswith(".index.json") or path.name == index)
    ]


def _tensor_names(weights: list[Path]) -> set[str]:
    names: set[str] = set()
    for path in weights:
        with safe_open(path, framework="pt") as file:
            names.update(file.keys())
    return names


def _by_tensor(lora: LoraWeights, names: set[str], base: Path) -> dict[str, str]:
    """The layer of each tensor to change. Raises InputError where a layer has none.

    Some bases leave the first part out of their files: `transformer.h.0…` is `h.0…` in GPT-2's.
    """
    found = {}
    for layer in lora.layers:
        tries = (f"{layer}.weight", f"{layer.partition('.')[2]}.weight")
        name = next((each for each in tries if each in names), None)
        if name is None:
            raise InputError(
                Text(
                    "{base}: its files hold no weights {layer}, so nothing can be merged into "
                    "them; serve base and adapter apart",
                    base=base,
                    layer=layer,
                )
            )
        found[name] = layer
    return found


def _merge_file(
    source: Path, target: Path, lora: LoraWeights, layers: dict[str, str]
) -> Iterator[int]:
    """Write one file with the adapter added; yields the bytes of each tensor."""
    tensors: dict[str, torch.Tensor] = {}
    with safe_open(source, framework="pt") as file:
        metadata = file.metadata()
        for name in file.keys():  # noqa: SIM118
            tensor = file.get_tensor(name)
            if name in layers:
                tensor = _merged(tensor, lora, layers[name])
            tensors[name] = tensor
            yield tensor.nbytes
    try:
        save_file(tensors, target, metadata)
    except SafetensorError as error:  # a full disk is reported this way
        raise OSError(cause_of(error)) from error


def _merged(weight: torch.Tensor, lora: LoraWeights, layer: str) -> torch.Tensor:
    a, b = (torch.from_numpy(each) for each in lora.layers[layer])
    change = b @ a * (lora.alpha / a.shape[0])
    change = change.T if lora.transposed else change
    if not weight.is_floating_point() or weight.element_size() < 2 or weight.shape != change.shape:
        raise InputError(
            Text(
                "{layer}: the base keeps it as {kind} of {shape}, and nothing can be merged into "
                "that; take a base that is not quantized",
                layer=layer,
                kind=str(weight.dtype).removeprefix("torch."),
                shape=" x ".join(map(str, weight.shape)),
            )
        )
    return (weight.float() + change).to(weight.dtype).contiguous()


def _keep(made: Path, folder: Path) -> None:
    """Give a whole folder its name, once everything in it is on the disk."""
    for path in made.iterdir():
        sync(path)
    made.rename(folder)
