"""Export the samples, with the dataset_info.json by which LLaMA-Factory finds the file.

https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from storage.atomic_files import write_json
from storage.errors import InputError
from training.dataset.alpaca import alpaca, whole_rows
from training.dataset.samples import PastExchange, Sample

NAME = "dataset_info.json"
# LLaMA-Factory's name of a column → ours. It takes a column that is named for one that is there.
_ALPACA = {
    "prompt": "instruction",
    "query": "input",
    "response": "output",
    "system": "system",
    "history": "history",
}
_SHAREGPT = {"messages": "conversations", "system": "system"}
Info = dict[str, Any]


def sharegpt(samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """The rows of the file. The owner is "gpt": each of their answers is a turn to learn, once."""
    return [
        {"conversations": _turns(exchanges), "system": instruction}
        for instruction, exchanges in whole_rows(samples)
    ]


def _turns(exchanges: Sequence[PastExchange]) -> list[dict[str, str]]:
    return [
        {"from": who, "value": words}
        for exchange in exchanges
        for who, words in zip(("human", "gpt"), exchange, strict=True)
    ]


FORMATS: dict[str, Callable[[Sequence[Sample]], list[dict[str, Any]]]] = {
    "alpaca": alpaca,
    "sharegpt": sharegpt,
}


def read_info(file: Path) -> Info:
    """The entries beside that file so far. Raises InputError where ours can't be added to them."""
    if file.suffix != ".json" or file.name == NAME or "," in file.stem:
        raise InputError(
            f"{file}: LLaMA-Factory would not find it by this name; give one that ends in .json, "
            f"without commas, other than {NAME}"
        )
    place = file.with_name(NAME)
    info = _parsed(place) if place.exists() else {}
    entry = info.get(file.stem)
    if entry is not None and not (isinstance(entry, dict) and entry.get("file_name") == file.name):
        raise InputError(
            f"{place}: '{file.stem}' is another dataset's name there; choose another for ours"
        )
    return info


def _parsed(place: Path) -> Info:
    try:
        info = json.loads(place.read_bytes())
    except OSError as error:
        raise InputError(f"{place}: can't be read ({error.strerror}); mend or move it") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: not valid JSON ({error}); mend or move it") from error
    if not isinstance(info, dict):
        raise InputError(f"{place}: not an object with an entry for each dataset; mend or move it")
    return info


def write_info(file: Path, info: Info, row: Mapping[str, Any]) -> None:
    """Add the file, whose rows are like this one, to the entries."""
    entry: Info = {"file_name": file.name}
    if "conversations" in row:
        entry |= {"formatting": "sharegpt", "columns": _SHAREGPT}
    else:
        entry["columns"] = {theirs: ours for theirs, ours in _ALPACA.items() if ours in row}
    # LLaMA-Factory opens it in the machine's own encoding.
    write_json(file.with_name(NAME), {**info, file.stem: entry}, ascii_only=True)


class Export:
    """A file to be written, and its entry in the dataset_info.json beside it.

    What can be wrong with them is told at once, by an InputError: samples take their time.
    """

    def __init__(self, path: Path, format: str) -> None:
        if format not in FORMATS:
            raise InputError(f"--format '{format}': not a format; use one of {', '.join(FORMATS)}")
        self._path, self._form = path, FORMATS[format]
        self._info = read_info(path)

    def write(self, samples: Sequence[Sample]) -> None:
        """Raises InputError where there is nothing to write, and TwinError when the disk fails."""
        content = self._form(samples)
        if not content:
            raise InputError(f"{self._path}: no answer to write; `bot.py dataset report` says why")
        write_json(self._path, content)
        write_info(self._path, self._info, content[0])
