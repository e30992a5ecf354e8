"""What a JSON file looks like from its head: enough to tell formats apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import ijson

_PIECE = 64
_DEPTH = 16
# ijson crashes the whole process at whole numbers beyond Python's limit of 4,300 digits.
_HUGE_NUMBER = re.compile(r"\d{2000}")


@dataclass(frozen=True, slots=True)
class Shape:
    """`root` is "[" or "{" or "" for no JSON. `keys` are the outermost object's; `places` all keys
    of the head with their path, such as `messages.*.id`; `first` is what a list begins with.
    """

    root: str = ""
    keys: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    first: str = ""

    def has(self, *places: str) -> bool:
        return self.places.issuperset(places)


class _Pieces:
    """The head in small pieces: what lies before the place where it is cut is still told."""

    def __init__(self, text: str) -> None:
        self._data = text.encode("utf-8", "replace")
        self._at = 0

    def read(self, size: int) -> bytes:
        if size == 0:
            return b""
        self._at += _PIECE
        return self._data[self._at - _PIECE : self._at]


def json_shape(head: str) -> Shape:
    """The shape of JSON, or of the first line of JSONL."""
    text = _HUGE_NUMBER.split(head.lstrip("\ufeff").lstrip(), maxsplit=1)[0]
    if not text.startswith(("{", "[")):
        return Shape()
    places: list[str] = []
    found: set[str] = set()
    here, first = "", ""
    for event, value in _events(text):
        if len(places) == 1 and places[0] == "[" and not first and event != "end_array":
            first = event
        if event == "map_key":
            here = _below(places[-1], value)
            found.add(here)
        elif event in ("start_map", "start_array"):
            if len(places) >= _DEPTH:
                break
            where = _below(places[-1], "*") if places and places[-1].endswith("[") else here
            places.append(where + "[" if event == "start_array" else where)
        elif event in ("end_map", "end_array"):
            here = places.pop().removesuffix("[")
    keys = frozenset(place for place in found if "." not in place)
    return Shape(text[0], keys, frozenset(found), first)


def _events(text: str) -> Iterator[tuple[str, object]]:
    try:
        yield from ijson.basic_parse(_Pieces(text))
    except (ijson.JSONError, ValueError, ArithmeticError):
        return  # the head is cut somewhere


def _below(place: str, name: object) -> str:
    place = place.removesuffix("[")
    return f"{place}.{name}" if place else str(name)
