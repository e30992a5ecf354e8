"""Values as SQLite can hold them."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

MOST = 2**63 - 1
_DIGITS = 15  # more is no row's number
_ROWS = 500  # of a statement for many that are looked at together


def fitting(number: int) -> int:
    """The number, or the nearest that SQLite holds: people type anything into an address."""
    return max(-MOST, min(number, MOST))


def row_number(text: str) -> int | None:
    """The number of a row that a page sent; None for what can't be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def encodable(text: str) -> str:
    """The text with `?` for each half of a character: JSON carries them, no encoder takes them."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text


def storable(text: str) -> str:
    """An encodable text without NUL, at which SQLite's own functions end a text."""
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else encodable(text)


def containing(text: str) -> str:
    """The pattern by which LIKE finds what contains the text, with a backslash as its ESCAPE."""
    literal = storable(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{literal}%"


def storable_values(values: Any) -> Any:
    """Every text in it storable: a value, a list or an object of JSON, a statement's parameters."""
    if isinstance(values, str):
        return storable(values)
    if isinstance(values, Mapping):
        return {storable_values(key): storable_values(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [storable_values(value) for value in values]
    return values


class StoringConnection(sqlite3.Connection):
    """A connection that stores any text: the one place that all of them pass."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        return super().execute(sql, _parameters(parameters))

    def executemany(self, sql: str, rows: Iterable[Any], /) -> sqlite3.Cursor:
        return super().executemany(sql, _all_parameters(rows))


def _all_parameters(rows: Iterable[Any]) -> Iterator[Any]:
    """Many rows at once: nearly always nothing is to be changed in any of them."""
    all_rows = iter(rows)
    while some := list(islice(all_rows, _ROWS)):
        texts = "".join([value for row in some for value in _values(row) if isinstance(value, str)])
        yield from some if storable(texts) is texts else map(_parameters, some)


def _parameters(given: Any) -> Any:
    """The same object where nothing is to be changed, as nearly always."""
    texts = "".join([value for value in _values(given) if isinstance(value, str)])
    return given if storable(texts) is texts else storable_values(given)


def _values(given: Any) -> Iterable[Any]:
    return given if isinstance(given, tuple | list) else given.values()
