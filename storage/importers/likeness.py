"""How much an unknown file is like the formats, by what each of them looks for."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from storage.importers.base import Importer
from storage.importers.file import ExportFile
from storage.texts import Text

_LINES = 20
_COMPARED = 48  # signs of a line: what people wrote is no sign of the format
_DIGITS, _LETTERS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")
_FILES = {"json": re.compile("json", re.IGNORECASE), "table": re.compile("CSV"), "text": None}
Shape = Literal["json", "table", "text"]


class Likeness(NamedTuple):
    """`share`: from 0 to 1; `lacks`: what the format looks for and the file doesn't have."""

    share: float
    name: str
    lacks: Sequence[str]


def likeliest(file: ExportFile, importers: Sequence[Importer], most: int = 3) -> list[Likeness]:
    """The formats of that kind of file that it is most like, the likeliest first."""
    shape = _shape_of(file)
    found = [_likeness(file, importer, shape) for importer in importers if _reads(importer, shape)]
    return sorted(found, key=lambda like: (-like.share, like.name))[:most]


def _shape_of(file: ExportFile) -> Shape:
    if file.shape.keys or file.shape.first.startswith("start"):
        return "json"
    return "table" if len(file.columns) > 2 and not file.first_dated_line else "text"


def _reads(importer: Importer, shape: Shape) -> bool:
    sign = _FILES[shape] or re.compile(r"\.txt|TXT")
    return any(sign.search(program.file) for program in importer.PROGRAMS)


def _likeness(file: ExportFile, importer: Importer, shape: Shape) -> Likeness:
    """Keys are compared with a JSON's keys, columns with a table's, lines with a text's."""
    signs = importer.LOOKS_FOR
    if shape == "text":
        shapes = [_outline(line) for line in file.head.splitlines()[:_LINES] if line.strip()]
        shares = [SequenceMatcher(None, _outline(a), b).ratio() for a in signs for b in shapes]
        line = Text("line such as `{line}`", line=signs[-1])
        return Likeness(max(shares, default=0), importer.NAME, [line])
    places = file.columns if shape == "table" else file.shape.places | file.shape.keys
    present = {_key(place) for place in places}
    lacks = [sign for sign in signs if _key(sign) not in present]
    return Likeness(1 - len(lacks) / len(signs), importer.NAME, lacks)


def _key(place: str) -> str:
    return place.rpartition(".")[2].casefold()


def _outline(line: str) -> str:
    """A line with a sign for each number and word."""
    return _LETTERS.sub("a", _DIGITS.sub("0", line[:_COMPARED]))
