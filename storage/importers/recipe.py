"""The recipe's JSON: a list of `[time, sender, text]`. One file is one chat, named by the file."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from storage.errors import InputError
from storage.importers.base import ImportedMessage, local_time_ms, parse_json, read_text, shown

NAME = "recipe"
PLATFORM = "import"

_START = re.compile(r"\s*\[\s*\[")
_SPACE = re.compile(r"[\s,]*")


def recognizes(head: str, path: Path) -> bool:
    return _START.match(head) is not None


def read(path: Path) -> Iterator[ImportedMessage]:
    text, chat = read_text(path), path.stem
    for number, row in enumerate(_rows(text, path)):
        try:
            sent_at, sender, words = _fields(row)
        except ValueError as error:
            raise InputError(
                f"{path}: line {_line_of_row(text, number)}: {error.args[0]}; a message is "
                '["2024-10-04 11:43:05", sender, text]'
            ) from error
        yield ImportedMessage(
            chat_id=chat,
            chat_name=chat,
            sender_id=sender,
            sender_name=sender,
            sent_at=sent_at,
            text=words,
        )


def _rows(text: str, path: Path) -> list[Any]:
    rows = parse_json(text, path)
    if not isinstance(rows, list):
        raise InputError(f"{path}: line 1: not a list of [time, sender, text]; export it again")
    return rows


def _fields(row: object) -> tuple[int, str, str]:
    if not isinstance(row, list) or len(row) != 3:
        size = f"a list of {len(row)}" if isinstance(row, list) else type(row).__name__
        raise ValueError(f"{size} instead of [time, sender, text]")
    for name, value in zip(("time", "sender", "text"), row, strict=True):
        if not isinstance(value, str):
            raise ValueError(f"the {name} is {type(value).__name__}, not a string")
    time, sender, words = row
    if not sender.strip():
        raise ValueError("the sender is blank")
    try:
        sent_at = local_time_ms(time)
    except ValueError:
        raise ValueError(f"time {shown(time)} is not a date and time") from None
    return sent_at, sender.strip(), words


def _line_of_row(text: str, number: int) -> int:
    """The line on which that row begins: worked out only when there is something to complain of."""
    decoder = json.JSONDecoder()
    position = text.index("[") + 1
    for _ in range(number):
        position = _after_space(text, position)
        position = decoder.raw_decode(text, position)[1]
    return text.count("\n", 0, _after_space(text, position)) + 1


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
