"""WhatsApp's .txt: `12/12/19, 02:09 - Name: hi` or `[23.07.23, 10:17:53] Name: hi`."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from storage.importers.base import ImportedMessage
from storage.importers.dates import DateOrder, Order, clock, local_ms, ordered, to_the_minute
from storage.importers.fields import BadRow
from storage.importers.file import ExportFile
from storage.importers.whatsapp_words import kind_of_words, without_edit_mark

NAME = "whatsapp"
PLATFORM = "whatsapp"

# Direction marks and narrow spaces that phones put around dates and names.
_INVISIBLE = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"))
_SPACES = dict.fromkeys(map(ord, "\u202f\u00a0\u2009"), " ")
_MARKS = _INVISIBLE | _SPACES
_START = re.compile(
    r"\[?(?P<a>\d{1,4})(?:[./-]|\. )(?P<b>\d{1,2})(?:[./-]|\. )(?P<c>\d{1,4})[.,]?,? "
    r"(?P<time>[^\]\d]{0,6}\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: ?[^\W\d_][^\d\]:-]{0,8}?)?)"
    r"(?:\] | - )(?P<rest>.*)"
)
_PREFIXES = (
    "WhatsApp Chat with ",
    "WhatsApp Chat - ",
    "WhatsApp Chat mit ",
    "Chat de WhatsApp con ",
)
_UNNAMED = ("_chat", "chat")
_MAX_NAME = 100


class _Entry(NamedTuple):
    date: tuple[int, int, int]
    time: str
    sender: str
    words: str


def recognizes(file: ExportFile) -> bool:
    lines = file.head.splitlines()[:20]
    return any(_entry(line) is not None for line in lines)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    file.note_local_times()
    order, senders = _survey(file)
    chat = _chat_name(file)
    kind = "group" if len(senders) > 2 else "direct"
    rows = file.blocks(_entry)
    return file.each(rows, lambda block: _message(block, order, chat, kind))


def _survey(file: ExportFile) -> tuple[Order, set[str]]:
    dates, senders = DateOrder(file.dates), set[str]()
    for _, line in file.lines():
        entry = _entry(line)
        if entry:
            dates.see(entry.date)
            if entry.sender and len(senders) < 1000:
                senders.add(entry.sender)
    order, assumed = dates.decide()
    if assumed:
        file.notes.append(assumed)
    return order, senders


def _entry(line: str) -> _Entry | None:
    """The parts of a line that begins a message."""
    match = _START.fullmatch(line.translate(_MARKS).strip(" "))
    if match is None:
        return None
    sender, colon, words = match["rest"].partition(": ")
    if not colon and match["rest"].endswith(":"):
        sender, colon = match["rest"][:-1], ":"
    named = bool(colon) and 0 < len(sender.strip()) <= _MAX_NAME
    date = (int(match["a"]), int(match["b"]), int(match["c"]))
    if not named:
        return _Entry(date, match["time"], "", match["rest"])
    return _Entry(date, match["time"], sender.strip(), words)


def _message(block: list[str], order: Order, chat: str, chat_kind: str) -> ImportedMessage | None:
    entry = _entry(block[0])
    if entry is None:
        if not any(line.strip() for line in block):
            return None
        raise BadRow("text without a date before it")
    day = ordered(entry.date, order)
    if day is None:
        raise BadRow(f"{'/'.join(map(str, entry.date))} is not a date in the order {order}")
    whole = "\n".join([entry.words, *block[1:]]).rstrip("\n")
    words = without_edit_mark(whole.translate(_INVISIBLE))
    kind, recalled = kind_of_words(words) if entry.sender else ("system", False)
    placeholder = kind not in ("text", "system")
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id=entry.sender,
        sender_name=entry.sender,
        sent_at=local_ms(day, clock(entry.time)),
        text="" if placeholder else words,
        kind=kind,
        from_owner=None if entry.sender else False,
        chat_kind=chat_kind,
        recalled=recalled,
        raw=words if placeholder else None,
        chat_id_is_name=True,
        to_the_minute=to_the_minute(entry.time),
    )


def _chat_name(file: ExportFile) -> str:
    """iPhones call every file `_chat.txt`: there the folder or the .zip has the name."""
    name = file.path.stem
    if name in _UNNAMED and file.path.parent.name:
        name = file.path.parent.name.removesuffix(".zip")
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name
