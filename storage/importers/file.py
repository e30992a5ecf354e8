"""Read one export file as text, rows or JSON, always with the line."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, TextIO, TypeVar

from storage.errors import InputError
from storage.importers.base import ImportedMessage
from storage.importers.dates import Order, first_dated_line
from storage.importers.problems import BadFile, FileProblem
from storage.importers.raw_files.json_stream import Begin, JsonShape, json_shape, walk
from storage.importers.raw_files.source import Source, is_workbook
from storage.importers.raw_files.text_encoding import detect_encoding
from storage.importers.record_fields import BadRow
from storage.texts import Text

MAX_BAD_ROWS = 100
HEAD_CHARS = 16384
LONGEST_BLOCK = 5000  # lines
# A forwarded conversation is one field, and longer than the csv module's limit of 128 KiB.
csv.field_size_limit(2**26)
Row = TypeVar("Row")


def is_blank_line(line: str) -> bool:
    return not line.strip()


class ExportFile:
    """An export that is read from its beginning as often as needed.

    `problems` and `notes` (what was assumed) are those of the last reading.
    """

    def __init__(
        self, source: Source | Path, *, dates: Order | None = None, max_bad_rows: int = MAX_BAD_ROWS
    ) -> None:
        self.source = source if isinstance(source, Source) else Source(source)
        self.path = self.source.path
        self.called = self.path  # by which a chat is named, where the content doesn't
        self.root = self.source.file.parent  # within which its messages' files lie
        self.in_folder = False  # found there, not named: perhaps no export at all
        self.dates = dates
        self.problems: list[FileProblem] = []
        self.notes: list[Text] = []
        self._max_bad_rows = max_bad_rows
        self._reached = 0
        self._parts: list[ExportFile] = []

    @cached_property
    def size(self) -> int:
        """In bytes, with the `chunks/` that are read with a manifest."""
        manifest = self.path.name == "manifest.json"
        chunks = self.source.files_in("chunks", ".jsonl") if manifest else []
        return sum(source.size for source in (self.source, *chunks))

    @property
    def position(self) -> int:
        """How many bytes the present reading has read."""
        return self._reached + sum(part.position for part in self._parts)

    @cached_property
    def _encoding(self) -> tuple[str, int]:
        return ("utf-8", 0) if is_workbook(self.path) else detect_encoding(self.source)

    @cached_property
    def _beginning(self) -> str:
        with self.text() as stream:
            return stream.read(HEAD_CHARS)

    @property
    def is_blank(self) -> bool:
        return not self._beginning.strip()

    @cached_property
    def head(self) -> str:
        """The beginning of the text. Raises InputError for an empty file."""
        if self.is_blank and len(self._beginning) < HEAD_CHARS:
            raise BadFile(self.path, Text("the file is empty; export the chat again"))
        return self._beginning

    def head_lines(self, most: int) -> list[str]:
        """The first lines of the head that are not blank."""
        lines = self.head.lstrip("\ufeff").splitlines()
        return list(islice(filter(str.strip, lines), most))

    @cached_property
    def shape(self) -> JsonShape:
        return json_shape(self.head)

    @cached_property
    def first_line(self) -> str:
        return self.head.lstrip("\ufeff").splitlines()[0] if self.head.strip() else ""

    @cached_property
    def delimiter(self) -> str:
        """Between the cells of a CSV: spreadsheets in Europe write semicolons."""
        return max(",;\t", key=self.first_line.count)

    @cached_property
    def columns(self) -> frozenset[str]:
        """The first line's cells, which are a CSV's columns."""
        cells = self.first_line.split(self.delimiter)
        return frozenset(cell.strip().strip('"') for cell in cells)

    @cached_property
    def first_dated_line(self) -> str:
        """By which formats of text are told apart: later lines may be pasted from another chat.

        "" for JSON, a page, XML and a table, whose cells may hold lines of anything.
        """
        is_json = self.shape.root == "{" or self.shape.first.startswith("start")
        is_table = len(self.columns) > 4 and all(name and " " not in name for name in self.columns)
        is_marked_up = self.is_html or self.is_xml
        return "" if is_json or is_table or is_marked_up else first_dated_line(self.head)

    @cached_property
    def is_html(self) -> bool:
        start = self.head.lstrip("\ufeff \t\r\n")[:14].casefold()
        return start.startswith(("<!doctype html", "<html"))

    @property
    def is_xml(self) -> bool:
        return self.head.lstrip("\ufeff \t\r\n").startswith("<?xml")

    def begin(self) -> None:
        """Forget what the last reading found."""
        self.problems, self.notes, self._parts = [], [], []
        encoding, broken = self._encoding
        if broken:
            self.notes.append(
                Text(
                    "{broken} signs are broken ({encoding}) and read as �",
                    broken=broken,
                    encoding=encoding,
                )
            )

    def note_local_times(self) -> None:
        self.notes.append(Text("its times name no zone; they were read in this computer's"))

    def text(self, newline: str | None = None) -> TextIO:
        encoding = self._encoding[0]
        return io.TextIOWrapper(
            self.source.open(self._reach), encoding=encoding, errors="replace", newline=newline
        )

    def _reach(self, position: int) -> None:
        self._reached = position

    def lines(self) -> Iterator[tuple[int, str]]:
        """Numbered lines, without their ends."""
        with self.text() as stream:
            for number, line in enumerate(stream, 1):
                yield number, line.rstrip("\n").lstrip("\ufeff")

    def blocks(
        self, begins: Callable[[str], Any], below: Callable[[str], Any] | None = None
    ) -> Iterator[tuple[int, list[str]]]:
        """Lines in groups, each from a line that begins one to the next such line.

        `below`: the lines below which alone a group begins; elsewhere such a line was pasted. The
        first group may be a preamble. One that is longer than any message is cut.
        """
        first, block, may_begin = 1, list[str](), True
        for number, line in self.lines():
            if block and ((may_begin and begins(line)) or len(block) >= LONGEST_BLOCK):
                yield first, block
                first, block = number, []
            block.append(line)
            may_begin = below is None or below(line)
        if block:
            yield first, block

    def csv_rows(self, needed: Sequence[str] = ()) -> Iterator[tuple[int, list[str]]]:
        """Rows, the header first. Raises InputError where the header lacks a needed column."""
        with self.text(newline="") as stream:
            reader = csv.reader(stream, delimiter=self.delimiter, strict=True)
            header = True
            while True:
                try:
                    row = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    if "end of data" in str(error) or header:
                        raise self.broken(
                            reader.line_num, Text("broken CSV ({error})", error=error)
                        ) from error
                    self.skip(reader.line_num, Text("broken CSV ({error})", error=error))
                    continue
                if header:
                    row = [cell.strip().strip('"').lstrip("\ufeff") for cell in row]
                    missing = [name for name in needed if name not in row]
                    if missing:
                        raise self.broken(
                            1, Text("the column {names} is missing", names=", ".join(missing))
                        )
                    header = False
                if row:
                    yield reader.line_num, row

    def records(self, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
        """Rows as dicts by the header's names; rows that lack a needed cell are reported."""
        rows = self.csv_rows(needed)
        first = next(rows, None)
        if first is None:
            raise self.broken(1, Text("there is no header"))
        header = first[1]
        last = max((header.index(name) for name in needed), default=0)
        for line, row in rows:
            if len(row) <= last:
                self.skip(
                    line,
                    Text("{n} columns where {needed} are needed", n=len(row), needed=len(header)),
                )
                continue
            yield line, dict(zip(header, row, strict=False))

    def json(self, *wanted: str) -> Iterator[tuple[str, int, Any]]:
        """(where, line, value) of what lies at the wanted places; see `json_stream.walk`."""
        with self.text() as stream:
            yield from walk(stream, self.path, wanted)

    def items(self, place: str) -> Iterator[tuple[int, Any]]:
        """(line, value) of the list's items. An object that only begins is none."""
        for where, line, value in self.json(place):
            if where == place and not isinstance(value, Begin):
                yield line, value

    def json_lines(self) -> Iterator[tuple[int, Any]]:
        """(line, value) of JSONL; lines that are no JSON are reported."""
        for line, text in self.lines():
            if text.strip():
                try:
                    yield line, json.loads(text)
                except (ValueError, RecursionError):
                    self.skip(line, Text("broken JSON"))

    def part(self, source: Source) -> "ExportFile":
        """Another file that belongs to this one; what is wrong with it is reported here."""
        other = ExportFile(source, dates=self.dates, max_bad_rows=self._max_bad_rows)
        other.problems, other.notes = self.problems, self.notes
        self._parts.append(other)
        return other

    def header(self, *names: str) -> dict[str, Any]:
        """Fields of the JSON's outermost object; it stops reading when all have been seen."""
        found: dict[str, Any] = {}
        for where, _, value in self.json(*names):
            if where in names:
                found[where] = value
            if len(found) == len(names):
                break
        return found

    def each(
        self,
        rows: Iterable[tuple[int, Row]],
        build: Callable[[Row], ImportedMessage | None],
    ) -> Iterator[ImportedMessage]:
        """The rows as messages. A row that raises BadRow is reported and left out."""
        for line, row in rows:
            try:
                message = build(row)
            except BadRow as error:
                self.skip(line, error.cause)
                continue
            if message is not None:
                yield message

    def skip(self, line: int, cause: Text) -> None:
        """Report a row that can't be read. Raises InputError when there are too many."""
        self.problems.append(FileProblem(self.path, line, cause))
        if len(self.problems) > self._max_bad_rows:
            raise BadFile(
                self.path,
                Text(
                    "{cause}; that is row {n} that can't be read, and more than [import] "
                    "max_bad_rows = {max_bad_rows}; export the chat again",
                    cause=cause,
                    n=len(self.problems),
                    max_bad_rows=self._max_bad_rows,
                ),
                line=line,
            )

    def broken(self, line: int, cause: Text) -> InputError:
        return BadFile(self.path, Text("{cause}; export the chat again", cause=cause), line=line)
