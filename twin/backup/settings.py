"""The settings as a backup without secrets has them."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import tomlkit

from twin.config.load import parse_config

TOKEN = "token"  # the one secret that settings may hold


def without_tokens(path: Path) -> str:
    """The text of the file, with its comments; each token is empty. Raises InputError, OSError."""
    text = path.read_text("utf-8-sig")
    parse_config(text, path)  # somebody may be editing it
    document = tomlkit.parse(text)
    _empty(document)
    return tomlkit.dumps(document)


def _empty(table: MutableMapping[str, Any]) -> None:
    for name, value in table.items():
        if isinstance(value, MutableMapping):
            _empty(value)
        elif name == TOKEN and value:
            table[name] = ""
