"""Tell base models apart by what is in them, weights and tokenizer, wherever their files lie."""

import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from storage.atomic_files import write_json
from storage.errors import InputError, TwinError
from twin.config.schema import Config
from twin.engine.base_models import local_base

log = logging.getLogger(__name__)

INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
TOKENIZER = "tokenizer.json"
# Of tokenizers without a tokenizer.json.
OTHER_TOKENIZERS = ("tokenizer.model", "spiece.model", "vocab.json", "merges.txt", "vocab.txt")
# In a tokenizer.json: how it was used last.
PASSING = ("truncation", "padding")
CHUNK = 2**22
_UNREADABLE = (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError)
LENGTH_BYTES = 8  # before the header of a safetensors file, little-endian


def base_fingerprint(config: Config) -> str | None:
    """The fingerprint of [model] base; None while its files are not on this machine.

    Reading all weights takes a second for each gigabyte or so, once: the result is kept until a
    file changes. Raises InputError for files that are not whole.
    """
    folder = local_base(config)
    return None if folder is None else fingerprint(folder, config.path_of("models"))


def fingerprint(folder: Path, cache_folder: Path) -> str:
    """64 hexadecimal digits. Raises InputError for files that are not whole."""
    weights, tokenizer = weight_files(folder), _tokenizer_files(folder)
    state = [_state(path) for path in (*weights, *tokenizer)]
    cache, key = cache_folder / "fingerprints.json", str(folder.resolve())
    known = _read_cache(cache)
    entry = known.get(key)
    if isinstance(entry, dict) and entry.get("files") == state:
        return str(entry["fingerprint"])
    found = _computed(weights, tokenizer)
    try:
        write_json(cache, known | {key: {"files": state, "fingerprint": found}})
    except TwinError as error:
        log.warning("the base's fingerprint is computed again next time: %s", error)
    return found


def weight_files(folder: Path) -> list[Path]:
    """The files that a base's weights are loaded from. Raises InputError where one is missing."""
    index = folder / INDEX
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    if not index.is_file():
        return sorted(folder.glob("*.safetensors"))
    try:
        named = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        files = [folder / name for name in sorted(set(named))]
    except _UNREADABLE as error:
        raise InputError(f"{index}: not readable; fetch or copy the base again") from error
    for path in files:
        if not path.is_file():
            raise InputError(f"{path}: {INDEX} names it and it is missing; fetch the base again")
    return files


def tensors(path: Path) -> dict[str, dict[str, Any]]:
    """dtype, shape and data_offsets (bytes after the header) of each tensor in a safetensors file.

    Raises InputError for a file that is cut off or of another kind.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(LENGTH_BYTES), "little")
            header: dict[str, dict[str, Any]] = json.loads(file.read(min(length, CHUNK * 25)))
        header.pop("__metadata__", None)
        end = max((each["data_offsets"][1] for each in header.values()), default=0)
        whole = path.stat().st_size >= LENGTH_BYTES + length + end
    except _UNREADABLE as error:
        raise InputError(f"{path}: no safetensors file; fetch or copy the base again") from error
    if not whole:
        raise InputError(f"{path}: cut off; fetch or copy the base again")
    return header


def _computed(weights: list[Path], tokenizer: list[Path]) -> str:
    """Over every tensor by its name, in whatever file it is, and over the tokenizer."""
    lines = sorted(line for path in weights for line in _tensor_lines(path))
    for path in tokenizer:
        lines.append(f"{path.name} {_digest_of_tokenizer(path)}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _tensor_lines(path: Path) -> Iterator[str]:
    header = tensors(path)
    with path.open("rb") as file:
        begin = LENGTH_BYTES + int.from_bytes(file.read(LENGTH_BYTES), "little")
        for name, tensor in header.items():
            start, end = tensor["data_offsets"]
            file.seek(begin + start)
            digest = hashlib.sha256()
            for left in range(end - start, 0, -CHUNK):
                digest.update(file.read(min(left, CHUNK)))
            yield f"{name} {tensor['dtype']} {tensor['shape']} {digest.hexdigest()}"


def _tokenizer_files(folder: Path) -> list[Path]:
    if (folder / TOKENIZER).is_file():
        return [folder / TOKENIZER]
    others = [folder / name for name in OTHER_TOKENIZERS]
    return [path for path in (*others, *sorted(folder.glob("*.tiktoken"))) if path.is_file()]


def _digest_of_tokenizer(path: Path) -> str:
    content = path.read_bytes()
    if path.name == TOKENIZER:
        try:
            written = json.loads(content)
            kept = {key: value for key, value in written.items() if key not in PASSING}
        except _UNREADABLE as error:
            raise InputError(f"{path}: not readable; fetch or copy the base again") from error
        content = json.dumps(kept, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()


def _state(path: Path) -> list[str | int]:
    """Changes whenever the file does: nobody can set the time of its last change back."""
    found = path.stat()
    return [path.name, found.st_size, found.st_ino, found.st_mtime_ns, found.st_ctime_ns]


def _read_cache(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
