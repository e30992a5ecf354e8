"""Questions and answers over a pipe: a JSON object a line, then as many bytes as it says."""

import json
from collections.abc import Mapping
from typing import IO, Any

from storage.errors import TwinError

GREETING = "twin"  # the key by which the first line is told from what a login prints
SIZE = "bytes"
LONGEST_LINE = 64 * 1024
MOST_AT_ONCE = 2**20
NOISE_LINES = 500  # of a login


class CutError(Exception):
    """The pipe ended in the middle."""


class NonsenseError(TwinError):
    """The other side does not speak this protocol."""


def write(pipe: IO[bytes], told: Mapping[str, Any], content: bytes = b"") -> None:
    """Raises CutError."""
    line = json.dumps({**told, SIZE: len(content)} if content else told)
    try:
        pipe.write(line.encode() + b"\n" + content)
        pipe.flush()
    except OSError as error:
        raise CutError from error


def read(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """What the other side tells, and the bytes behind it. Raises CutError and NonsenseError."""
    told = _told(_line(pipe))
    if told is None:
        raise NonsenseError("its answer is no line of this program")
    size = told.pop(SIZE, 0)
    if type(size) is not int or not 0 <= size <= MOST_AT_ONCE:
        raise NonsenseError("its answer has another length than was asked for")
    content = pipe.read(size) if size else b""
    if len(content) < size:
        raise CutError
    return told, content


def read_greeting(pipe: IO[bytes]) -> dict[str, Any]:
    """The first line that is one of this program: before it a login may print what it likes."""
    for _ in range(NOISE_LINES):
        told = _told(_line(pipe))
        if told is not None and GREETING in told:
            return told
    raise NonsenseError("it prints much and no line of this program")


def _line(pipe: IO[bytes]) -> bytes:
    try:
        line = pipe.readline(LONGEST_LINE)
    except OSError as error:
        raise CutError from error
    if not line.endswith(b"\n") and len(line) < LONGEST_LINE:
        raise CutError
    return line


def _told(line: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
