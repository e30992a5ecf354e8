"""Read the rows of a dataset file, a JSON list or JSONL, one by one."""

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from storage.errors import InputError
from storage.importers.problems import BadFile
from storage.importers.raw_files.json_stream import walk

LONGEST_ROW = 2**24  # signs: no conversation is longer, and it must fit in memory
_PIECE = 2**20


@dataclass(frozen=True, slots=True)
class Row:
    """`line` is where it begins, from 1; `number` counts the rows, from 0."""

    path: Path
    line: int
    number: int
    value: Any

    def bad(self, cause: str) -> InputError:
        return InputError(f"{self.path}: line {self.line}: row {self.number + 1}{cause}")


def file_rows(path: Path) -> Iterator[Row]:
    """The rows in order; only one is held at a time. Raises InputError."""
    try:
        _check_encoding(path)
        with path.open(encoding="utf-8-sig", newline="\n") as stream:
            for number, (line, value) in enumerate(_values(stream, path)):
                yield Row(path, line, number, value)
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror}); give a file") from error


def _check_encoding(path: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    at = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:
                raise _not_utf8(path, at - waiting + error.start) from error
            at += len(piece)
    if decoder.getstate()[0]:
        raise _not_utf8(path, at)


def _not_utf8(path: Path, at: int) -> InputError:
    return InputError(f"{path}: not UTF-8 (byte {at}); save it as UTF-8")


def _values(stream: TextIO, path: Path) -> Iterator[tuple[int, Any]]:
    first = next((sign for sign in iter(lambda: stream.read(1), "") if not sign.isspace()), "")
    stream.seek(0)
    if first == "[":
        yield from _walked(stream, path, "*")
        return
    line = 0
    while text := stream.readline(LONGEST_ROW + 1):
        line += 1
        if len(text) > LONGEST_ROW:
            raise InputError(f"{path}: line {line}: longer than any conversation; split the row")
        if not text.strip():
            continue
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            if line == 1 and _goes_on(error, text) and path.stat().st_size <= LONGEST_ROW:
                stream.seek(0)  # one row over many lines
                yield from _walked(stream, path, "")
                return
            cause = "nested too deep" if isinstance(error, RecursionError) else str(error)
            raise InputError(
                f"{path}: line {line} is not valid JSON ({cause}); mend the file"
            ) from error
        yield line, value


def _goes_on(error: Exception, text: str) -> bool:
    return isinstance(error, json.JSONDecodeError) and error.pos >= len(text.rstrip())


def _walked(stream: TextIO, path: Path, place: str) -> Iterator[tuple[int, Any]]:
    try:
        for where, line, value in walk(stream, path, [place]):
            if where == place:
                yield line, value
    except BadFile as error:
        cause = error.problem.cause.partition("; ")[0].replace("broken", "not valid")
        raise InputError(f"{path}: line {error.problem.line}: {cause}; mend the file") from error
