"""Which format a file is in. It goes by content: exports get renamed."""

import re
from pathlib import Path
from typing import cast

from storage.errors import InputError
from storage.importers import pywxdump, recipe
from storage.importers.base import Importer, parse_json, read_text

IMPORTERS: list[Importer] = [
    cast(Importer, recipe),
    cast(Importer, pywxdump),
]

HEAD_CHARS = 8192
_ALPACA = re.compile(r'\s*\[?\s*\{[^{}]*"(instruction|output)"\s*:', re.DOTALL)


def importer_named(name: str) -> Importer:
    """Raises InputError when no format has that name."""
    for importer in IMPORTERS:
        if name == importer.NAME:
            return importer
    raise InputError(f"format '{name}': no such format; use one of {_names()}")


def detect(path: Path) -> Importer | None:
    """The format of the file, or None. Raises InputError when it can't be a chat export at all."""
    text = read_text(path)
    head = text[:HEAD_CHARS]
    for importer in IMPORTERS:
        if importer.recognizes(head, path):
            return importer
    if _ALPACA.match(head):
        raise InputError(
            f"{path}: an Alpaca dataset, which is trained on and not imported; "
            "use `bot.py train --alpaca FILE`"
        )
    if path.suffix.lower() == ".json":
        parse_json(text, path)
    return None


def unknown_format(path: Path) -> InputError:
    return InputError(
        f"{path}: line 1: not an export of a known format ({_names()}); "
        "if it is one of them, name it with --format"
    )


def _names() -> str:
    return ", ".join(importer.NAME for importer in IMPORTERS)
