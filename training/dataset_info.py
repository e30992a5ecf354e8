"""dataset_info.json, by which LLaMA-Factory finds a file and knows its columns.

https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storage.errors import InputError
from training.json_file import write_json

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
    """Enter the file, whose rows are like this one, among the entries."""
    entry: Info = {"file_name": file.name}
    if "conversations" in row:
        entry |= {"formatting": "sharegpt", "columns": _SHAREGPT}
    else:
        entry["columns"] = {theirs: ours for theirs, ours in _ALPACA.items() if ours in row}
    # LLaMA-Factory opens it in the machine's own encoding.
    write_json({**info, file.stem: entry}, file.with_name(NAME), ascii_only=True)
