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
_DIGITS, _LETTERS, _WORDS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+"), re.compile(r"\w+")
Shape = Literal["json", "table", "page", "text"]
_FILES: dict[Shape, re.Pattern[str]] = {
    "json": re.compile("json", re.IGNORECASE),
    "table": re.compile("CSV"),
    "page": re.compile("HTML"),
    "text": re.compile(r"\.txt|TXT"),
}


class Likeness(NamedTuple):
    """`share`: from 0 to 1; `lacks`: what the format looks for and the file doesn't have."""

    share: float
    name: str
    lacks: Sequence[str]


def likeliest(file: ExportFile, importers: Sequence[Importer], most: int = 3) -> list[Likeness]:
    """The formats of that kind of file that it is most like, the likeliest first; [] for none."""
    shape = _shape_of(file)
    found = [_likeness(file, importer, shape) for importer in importers if _reads(importer, shape)]
    found = [like for like in found if like.share]
    return sorted(found, key=lambda like: (-like.share, like.name))[:most]


def _shape_of(file: ExportFile) -> Shape:
    if file.is_html:
        return "page"
    if file.shape.keys or file.shape.first.startswith("start"):
        return "json"
    named_table = file.path.suffix.lower() in (".csv", ".tsv")
    is_table = len(file.columns) > 2 and (named_table or not file.first_dated_line)
    return "table" if is_table else "text"


def _reads(importer: Importer, shape: Shape) -> bool:
    return any(_FILES[shape].search(program.file) for program in importer.PROGRAMS)


def _likeness(file: ExportFile, importer: Importer, shape: Shape) -> Likeness:
    """Keys are compared with a JSON's keys, columns with a table's, lines with a text's."""
    if shape == "text":
        return _of_lines(file, importer)
    signs = importer.LOOKS_FOR
    if shape == "page":
        wanted, present = set(_WORDS.findall(" ".join(signs))), set(_WORDS.findall(file.head))
        lacks = [sign for sign in signs if sign not in file.head]
        return Likeness(len(wanted & present) / len(wanted), importer.NAME, lacks)
    places = file.columns if shape == "table" else file.shape.places | file.shape.keys
    present = {_key(place) for place in places}
    lacks = [sign for sign in signs if _key(sign) not in present]
    return Likeness(1 - len(lacks) / len(signs), importer.NAME, lacks)


def _of_lines(file: ExportFile, importer: Importer) -> Likeness:
    """By the line that comes nearest; one of words alone would be like any other of words."""
    lines = [_outline(line) for line in file.head.splitlines()[:_LINES] if line.strip()]
    signs = [sign for sign in importer.LOOKS_FOR if _outline(sign) != "a"]
    shares = [
        max((SequenceMatcher(None, _outline(sign), line).ratio() for line in lines), default=0)
        for sign in signs
    ]
    share, sign = max(zip(shares, signs, strict=True), default=(0, importer.LOOKS_FOR[-1]))
    return Likeness(share, importer.NAME, [Text("line such as `{line}`", line=sign)])


def _key(place: str) -> str:
    return place.rpartition(".")[2].casefold()


def _outline(line: str) -> str:
    """A line with a sign for each number and word."""
    return _LETTERS.sub("a", _DIGITS.sub("0", line[:_COMPARED]))
