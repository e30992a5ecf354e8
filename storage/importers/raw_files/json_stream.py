"""Read JSON of any size piece by piece, and find the shape of its head."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO, cast

import ijson

from storage.importers.problems import BadFile
from storage.importers.raw_files.half_characters import whole_until, without_halves
from storage.texts import Text

# Deeper than any chat nests. A file of nothing but brackets must not fill the memory.
MAX_DEPTH = 64
_PIECE = 1 << 16
# ijson 3.6 crashes the whole process at whole numbers beyond Python's limit of 4,300 digits.
_HUGE_NUMBER = re.compile(rb"(?:^|[:,\[\s])-?\d{2000}")
_LONG = 2000  # a shorter line holds no such number
_MOST_BACKSLASHES = 1000  # in a row: of more, nobody keeps count
_HEAD_PIECE = 64
_DEPTH = 16
# ijson crashes the whole process at whole numbers beyond Python's limit of 4,300 digits.
_HUGE_NUMBER_IN_TEXT = re.compile(r"\d{2000}")


ANY_KEY = "?"  # in a place: whatever the key is


class Begin(NamedTuple):
    """Marks the beginning of an object that is entered, or of what a key holds that `?` stands for.

    `key` is that key.
    """

    key: str = ""


class _Lines:
    """A text as UTF-8 bytes, at most a line at a time, so that the line of each event is known."""

    def __init__(self, stream: TextIO, path: Path) -> None:
        self._stream, self._path = stream, path
        self._ended = True
        self._rest = ""
        self.line = 0

    def read(self, size: int) -> bytes:
        if size == 0:
            return b""
        self.line += self._ended
        read = self._rest or self._stream.readline(_PIECE)
        # Most lines are short, whole and plain: a pretty-printed file has one for each field.
        if len(read) < _LONG and read[-1:] == "\n" and "\\u" not in read:
            self._rest, self._ended = "", True
            return read.encode("utf-8", "replace")
        data = without_halves(self._whole_piece(read)).encode("utf-8", "replace")
        if len(data) >= _LONG and _HUGE_NUMBER.search(data):
            cause = Text("a number that no chat export has; export it again")
            raise BadFile(self._path, cause, line=self.line)
        return data

    def _whole_piece(self, text: str) -> str:
        """The text, with more if need be, so that it ends within no escape."""
        read, end = text, 0
        while not end:
            self._ended = read.endswith("\n")
            if self._ended or not read or len(text) > _PIECE + _MOST_BACKSLASHES:
                self._rest = ""
                return text
            end = whole_until(text)
            if not end:
                read = self._stream.readline(_PIECE)
                text += read
        self._rest = text[end:]
        return text[:end]


def walk(
    stream: TextIO, path: Path, wanted: Sequence[str]
) -> Iterator[tuple[str, int, Any | Begin]]:
    """(where, line, value) for what lies at the wanted places, such as `chats.list.*.messages.*`.

    `?` stands for any key, `*` for the items of a list. Only those values are built. An object that
    is entered on the way is announced by Begin, and so is each key that `?` stands for. Raises
    InputError, with the line, where the JSON is broken.
    """
    lines = _Lines(stream, path)
    entered = {place.rpartition(".")[0] for place in wanted}
    entered |= {place[:at] for place in wanted for at in range(len(place)) if place[at] == "."}
    entered.add("")
    try:
        yield from _walk(lines, path, frozenset(wanted), entered)
    except ijson.JSONError as error:
        cause = _one_line(error)
        raise BadFile(
            path,
            Text(
                "broken JSON ({cause}); the file was cut off or edited, export it again",
                cause=cause,
            ),
            line=lines.line,
        ) from error
    except (ValueError, ArithmeticError) as error:
        raise BadFile(
            path, Text("a number that no chat export has; export it again"), line=lines.line
        ) from error


def _walk(
    lines: _Lines, path: Path, wanted: frozenset[str], entered: set[str]
) -> Iterator[tuple[str, int, Any | Begin]]:
    places: list[str] = []  # of the containers that are open
    here, known = "", wanted | entered
    events = iter(ijson.basic_parse(cast(BinaryIO, lines)))
    for event, value in events:
        if event in ("end_map", "end_array"):
            here = places.pop()
            continue
        if event == "map_key":
            here = _below(places[-1], value)
            anywhere = _below(places[-1], ANY_KEY)
            if here not in known and anywhere in known:
                here = anywhere
                yield here, lines.line, Begin(value)
            continue
        where = _below(places[-1], "*") if places and places[-1].endswith("[") else here
        if where in wanted:
            line = lines.line
            yield where, line, _build(events, event, value, lines, path)
        elif event in ("start_map", "start_array"):
            if where not in entered:
                _build(events, event, value, lines, path, keep=False)
                continue
            if event == "start_map":
                yield where, lines.line, Begin()
            places.append(where + "[" if event == "start_array" else where)
            _check_depth(len(places), lines, path)


def _below(place: str, name: object) -> str:
    place = place.removesuffix("[")
    # An empty key is not the outermost object, whose place is empty too.
    return f"{place}.{name}" if place else str(name) or "."


def _build(
    events: Iterator[tuple[str, Any]],
    event: str,
    value: Any,
    lines: _Lines,
    path: Path,
    keep: bool = True,
) -> Any:
    """The whole value that begins with this event; None where it is only passed over."""
    if event not in ("start_map", "start_array"):
        return value
    top: Any = {} if event == "start_map" else []
    inmost, key = top, ""
    around: list[tuple[Any, str]] = []  # what the inmost value lies in, and under which key
    for event, value in events:
        if event == "map_key":
            key = value
            continue
        if event in ("end_map", "end_array"):
            if not around:
                break
            inmost, key = around.pop()
            continue
        inner = event in ("start_map", "start_array")
        if inner:
            value = {} if event == "start_map" else []
        if keep:
            if type(inmost) is dict:
                inmost[key] = value
            else:
                inmost.append(value)
        if inner:
            around.append((inmost, key))
            inmost = value
            _check_depth(len(around) + 1, lines, path)
    return top if keep else None


def _check_depth(depth: int, lines: _Lines, path: Path) -> None:
    if depth > MAX_DEPTH:
        raise BadFile(
            path, Text("nested deeper than any chat export; export it again"), line=lines.line
        )


def _one_line(error: Exception) -> str:
    said = str(error).removeprefix("b'").replace("\\n", "\n").splitlines()
    return said[0].strip().rstrip(".") if said else "not JSON"


@dataclass(frozen=True, slots=True)
class JsonShape:
    """`root` is "[" or "{" or "" for no JSON. `keys` are the outermost object's; `places` all keys
    of the head with their path, such as `messages.*.id`; `first` is what a list begins with.
    """

    root: str = ""
    keys: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    first: str = ""

    @property
    def is_list_of_lists(self) -> bool:
        return self.root == "[" and self.first == "start_array"

    @property
    def is_list_of_objects(self) -> bool:
        """Its first item may be damaged, so it need not be an object."""
        return self.root == "[" and self.first != "start_array"

    def has(self, *places: str) -> bool:
        return self.places.issuperset(places)


class _Pieces:
    """The head in small pieces: ijson reports all keys before the place where it is cut."""

    def __init__(self, text: str) -> None:
        self._data = without_halves(text).encode("utf-8", "replace")
        self._at = 0

    def read(self, size: int) -> bytes:
        if size == 0:
            return b""
        self._at += _HEAD_PIECE
        return self._data[self._at - _HEAD_PIECE : self._at]


def json_shape(head: str) -> JsonShape:
    """The shape of JSON, or of the first line of JSONL."""
    text = _HUGE_NUMBER_IN_TEXT.split(head.lstrip("\ufeff").lstrip(), maxsplit=1)[0]
    if not text.startswith(("{", "[")):
        return JsonShape()
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
    return JsonShape(text[0], keys, frozenset(found), first)


def _events(text: str) -> Iterator[tuple[str, object]]:
    try:
        yield from ijson.basic_parse(_Pieces(text))
    except (ijson.JSONError, ValueError, ArithmeticError):
        return  # the head is cut somewhere
