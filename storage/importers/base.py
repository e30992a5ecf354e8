"""What every export format is turned into, and the small helpers that readers share."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from storage.errors import InputError

_TIME = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?"
)


@dataclass(frozen=True, slots=True)
class ImportedMessage:
    """One message of an export. `sent_at` in UTC milliseconds.

    `from_owner` is None where the format does not say whose messages are the owner's; `raw` holds
    what the text left out.
    """

    chat_id: str
    chat_name: str
    sender_id: str
    sender_name: str
    sent_at: int
    text: str
    kind: str = "text"
    from_owner: bool | None = None
    external_id: str | None = None
    chat_kind: str = "direct"
    recalled: bool = False
    raw: str | None = None


class Importer(Protocol):
    """One export format. Modules are importers: NAME, PLATFORM and the two functions.

    PLATFORM is where the chats took place, or "import" where the format does not say.
    """

    NAME: str
    PLATFORM: str

    def recognizes(self, head: str, path: Path) -> bool:
        """Whether a file that begins with `head` is of this format. Content counts, not names."""
        ...

    def read(self, path: Path) -> Iterator[ImportedMessage]:
        """The messages in the file's order. Raises InputError with the file and the line."""
        ...


def read_text(path: Path) -> str:
    """The file's text: UTF-8 with or without a mark, or else GB18030. Raises InputError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path}: can't be read ({error.strerror}); check the path and its permissions"
        ) from error
    text = _decode(data, path)
    if not text.strip():
        raise InputError(f"{path}: the file is empty; export the chat again")
    return text


def _decode(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A character that is cut in half at the very end is no sign of another encoding.
        if error.reason == "unexpected end of data":
            raise InputError(
                f"{path}: the file ends in the middle of a character; it was cut off, copy it again"
            ) from error
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: neither UTF-8 nor GB18030 text (byte {error.start}); save it as UTF-8"
        ) from error


def local_time_ms(text: str) -> int:
    """UTC milliseconds of `2024-10-04 11:43:05` or `2024/10/4 11:43` in this computer's time zone.

    Raises ValueError for anything else.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        moment = datetime(year, month, day, hour, minute, second).astimezone()
        return int(moment.timestamp()) * 1000
    except (OverflowError, OSError) as error:
        raise ValueError(text) from error


def parse_json(text: str, path: Path) -> Any:
    """What the JSON text holds. Raises InputError with the line where it is broken."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        cause = f"line {error.lineno}: broken JSON ({error.msg})"
    except (ValueError, RecursionError):
        cause = "line 1: JSON with a number or a nesting that no chat export has"
    raise InputError(f"{path}: {cause}; the file was cut off or edited, export it again")


def shown(value: object) -> str:
    """A value for an error message: short, on one line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
