"""What browsers and file managers put behind the name of a second copy: ` (1)`, ` 2`, ` - Copy`."""

import re
from collections.abc import Collection
from pathlib import Path

from storage.importers.file import ExportFile

_MARK = re.compile(
    r"(?: ?\(\d{1,3}\)| \d{1,2}| - Cop(?:y|ie|ia)| - Kopie| - 副本| - コピー| copy| ?的?副本)"
    r"(?: ?\(\d{1,3}\)| \d{1,3})?",
    re.IGNORECASE,
)


def without_copy_mark(stem: str) -> str:
    """The name of the first copy; the same name where there is no mark."""
    for at in range(1, len(stem)):
        if _MARK.fullmatch(stem, at):
            return stem[:at]
    return stem


def first_copy(path: Path) -> Path:
    """The path without the marks of the file itself and of a .zip or folder right above it."""
    parent = path.parent
    if parent.name:
        parent = parent.with_name(_plain(parent.name))
    return parent / _plain(path.name)


def _plain(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return without_copy_mark(stem) + dot + suffix if stem else without_copy_mark(name)


def chat_by_file(file: ExportFile, people: Collection[str]) -> str:
    """The chat's name by its file; a copy's mark is dropped where that leaves one of the people."""
    stem = file.called.stem
    plain = without_copy_mark(stem)
    return plain if plain in people and stem not in people else stem
