"""The samples as a file for others to train on."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from storage.errors import InputError
from training.alpaca import alpaca
from training.dataset_info import read_info, write_info
from training.json_file import write_json
from training.rows import Row
from training.sharegpt import sharegpt

FORMATS: dict[str, Callable[[Sequence[Row]], list[dict[str, Any]]]] = {
    "alpaca": alpaca,
    "sharegpt": sharegpt,
}


class Export:
    """A file to be written, and its entry in the dataset_info.json beside it.

    What can be wrong with them is told at once, by an InputError: samples take their time.
    """

    def __init__(self, path: Path, format: str) -> None:
        if format not in FORMATS:
            raise InputError(f"--format '{format}': not a format; use one of {', '.join(FORMATS)}")
        self._path, self._form = path, FORMATS[format]
        self._info = read_info(path)

    def write(self, rows: Sequence[Row]) -> None:
        """Raises InputError where there is nothing to write, and TwinError when the disk fails."""
        content = self._form(rows)
        if not content:
            raise InputError(f"{self._path}: no answer to write; `bot.py dataset report` says why")
        write_json(content, self._path)
        write_info(self._path, self._info, content[0])
