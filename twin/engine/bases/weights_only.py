"""Read pickled weights, and nothing else that a pickle may hold, and write them as safetensors."""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from storage.errors import InputError, cause_of
from twin.engine.base_fingerprint import INDEX, SINGLE
from twin.engine.bases.index_family import OUTPUT, has_normed_output, normed
from twin.engine.bases.pickles import named_tensors

PART_BYTES = 10**9  # of weights in memory at once
_REFUSED = re.compile(r"(?:GLOBAL|Unsupported (?:global|class):?(?: GLOBAL)?) (\S+)")


def write_safetensors(folder: Path, files: list[Path], target: Path) -> None:
    """The weights in `files` of `folder`, into the folder `target`; in several files where they are
    large. Raises InputError.
    """
    places: dict[str, str] = {}
    size, is_normed = 0, has_normed_output(folder)
    for number, part in enumerate(_parts(files), start=1):
        if is_normed and OUTPUT in part:
            part[OUTPUT] = normed(part[OUTPUT])
        file = f"model-{number:05}.safetensors"
        save_file(part, target / file, metadata={"format": "pt"})
        places |= dict.fromkeys(part, file)
        size += sum(tensor.nbytes for tensor in part.values())
    for name in named_tensors(folder):
        if name not in places:
            raise InputError(f"{name:.80} is named in the index and in none of the files")
    if len(set(places.values())) == 1:
        (target / file).rename(target / SINGLE)
    else:
        index = {"metadata": {"total_size": size}, "weight_map": places}
        (target / INDEX).write_text(json.dumps(index), encoding="utf-8")


def tensors_of(path: Path) -> dict[str, torch.Tensor]:
    """Name → weights. Raises InputError for a file that holds anything else; none of it runs."""
    try:
        found: Any = torch.load(
            path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
        )
    except Exception as error:  # boundary: torch raises whatever a broken file leads to
        refused = _REFUSED.search(str(error))
        if refused is not None:
            raise InputError(
                f"{path.name} holds more than weights ({refused[1][:80]}), so it is not read"
            ) from error
        raise InputError(f"{path.name} can't be read ({cause_of(error, 120)})") from error
    if not isinstance(found, dict) or not found:
        raise InputError(f"{path.name} holds no weights by name")
    for name, tensor in found.items():
        is_plain = isinstance(tensor, torch.Tensor) and tensor.layout == torch.strided
        if not isinstance(name, str) or not is_plain or tensor.is_quantized or tensor.is_meta:
            raise InputError(f"{path.name} holds something else than plain weights: {name!s:.80}")
    return dict(found)


def _parts(files: list[Path]) -> Iterator[dict[str, torch.Tensor]]:
    """Some at once, each name once. Tensors that share memory become two: safetensors don't."""
    seen: set[str] = set()
    for path in files:
        part: dict[str, torch.Tensor] = {}
        for name, tensor in tensors_of(path).items():
            if part and sum(each.nbytes for each in part.values()) + tensor.nbytes > PART_BYTES:
                yield part
                part = {}
            if name not in seen:
                part[name] = tensor.detach().clone(memory_format=torch.contiguous_format)
                seen.add(name)
        if part:
            yield part
