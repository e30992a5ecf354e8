"""WhatsApp's "export chat", a .txt alone or in a .zip.

Written by WhatsApp and WhatsApp Business on Android and iPhones, in the language and with the
dates of the phone:

- iPhone `[23.07.23, 10:17:53] Name: hi`, before 2018 `23.07.23 10.17.53: Name: hi`
- Android `12/12/19, 02:09 - Name: hi`; Vietnamese `21:25, 13/06/2018 - Name: hi`

Arabic and Persian digits, Buddhist years, localized halves of the day and U+202F in times occur in
both. Known from WhatsApp's strings of 2017 to 2022 and from exports in public bug reports.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import DateOrder, Order, clock, local_ms, ordered, to_the_minute
from storage.importers.file import ExportFile
from storage.importers.programs.sigexport_text import is_markdown
from storage.importers.programs.whatsapp_said import MARK, is_platform, said, without_marks
from storage.importers.programs.whatsapp_title import chat_title
from storage.importers.record_fields import BadRow

NAME = "whatsapp"
PLATFORM = "whatsapp"
PROGRAMS = (
    Program(
        "WhatsApp, WhatsApp Business",
        ".txt, Android and iPhone",
        "`--me`",
        unsure="Android's placeholders in languages beyond about fifty stay text",
        source="its strings of 2017 to 2022; public bug reports",
    ),
)
LOOKS_FOR = ("12/12/19, 02:09 - Name: hi", "[23.07.23, 10:17:53] Name: hi")

_DATE = r"(?P<a>\d{1,4})(?:[./-]|\. )(?P<b>\d{1,2})(?:[./-]|\. )(?P<c>\d{1,4})\.?(?: ?г\.)?"
_TIME = r"(?P<time>[^\]\d]{0,6}\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: ?[^\W\d_][^\d\]:–-]{0,12}?)?)"
# How a head ends decides for the whole file: a line pasted from elsewhere begins no message.
_HEADS: dict[str, tuple[re.Pattern[str], ...]] = {
    "iphone": (
        re.compile(rf"\[{_DATE}[,،]? {_TIME}\] ?"),
        re.compile(rf"\[{_TIME}[,،]? {_DATE}\] ?"),
    ),
    "android": (
        re.compile(rf"{_DATE}[,،]? {_TIME} [-–—] "),
        re.compile(rf"{_TIME}[,،]? {_DATE} [-–—] "),
    ),
    "old iphone": (
        re.compile(rf"{_DATE},? (?P<time>\d{{1,2}}[:.]\d{{2}}[:.]\d{{2}}[^:]{{0,8}}): "),
    ),
}
_HAS_MARK = re.compile("[\u200e\u200f\u202a-\u202c\u202f\u00a0\u2009\u2066-\u2069]")
_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"))
_SPACES = dict.fromkeys(map(ord, "\u202f\u00a0\u2009"), " ")
_MAX_NAME = 100
# A quote that a name opens and does not close: `Ann changed the subject to "Trip: Rome"`.
_QUOTES = (("“", "”"), ("„", "“"), ("«", "»"), ("「", "」"), ("『", "』"))


class _Entry(NamedTuple):
    """`words` are raw, with their marks; `marked` whether a mark stands before the date."""

    date: tuple[int, int, int]
    time: str
    sender: str
    words: str
    marked: bool


class _Export(NamedTuple):
    """What the whole file says about each of its messages."""

    style: str
    order: Order
    chat: str
    kind: str
    rtl: bool


def recognizes(file: ExportFile) -> bool:
    return bool(_style(file.first_dated_line)) and not is_markdown(file)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    file.note_local_times()
    style = _style(file.first_dated_line) or "android"
    export = _survey(file, style)
    rows = file.blocks(lambda line: _head(line, style))
    return file.each(rows, lambda block: _message(block, export))


def _style(line: str) -> str:
    """The name of the way in which the line begins a message; "" where it doesn't."""
    found = next((style for style in _HEADS if _head(line, style)), "")
    if found == "old iphone":
        entry = _entry(line, found)
        return found if entry and entry.sender else ""
    return found


def _head(line: str, style: str) -> re.Match[str] | None:
    plain = line.translate(_MARKS | _SPACES) if _has_mark(line) else line
    plain = plain.strip(" ")
    for head in _HEADS[style]:
        match = head.match(plain)
        if match:
            return match
    return None


def _has_mark(line: str) -> bool:
    return not line.isascii() and _HAS_MARK.search(line) is not None


def _entry(line: str, style: str) -> _Entry | None:
    """The parts of a line that begins a message."""
    match = _head(line, style)
    if match is None:
        return None
    rest = _behind(line, match.end())
    sender, colon, words = rest.partition(": ")
    if not colon and without_marks(rest).endswith(":"):
        sender, colon = rest.rstrip(MARK)[:-1], ":"
    sender = sender.strip() if sender.isascii() else _plain_name(sender)
    date = (int(match["a"]), int(match["b"]), int(match["c"]))
    named = bool(colon) and 0 < len(sender) <= _MAX_NAME and not _has_open_quote(sender)
    marked = line.lstrip(" \ufeff").startswith(MARK)
    return _Entry(date, match["time"], sender if named else "", words if named else rest, marked)


def _behind(line: str, head: int) -> str:
    """What follows the head, which has so many signs that are no marks."""
    if not _has_mark(line):
        return line.strip(" ")[head:]
    left = head
    for at, sign in enumerate(line):
        left -= ord(sign) not in _MARKS and not (left == head and sign in " \u202f\u00a0")
        if left == 0:
            return line[at + 1 :]
    return ""


def _plain_name(name: str) -> str:
    return without_marks(name).translate(_SPACES).strip()


def _has_open_quote(name: str) -> bool:
    return name.count('"') % 2 == 1 or any(
        name.count(first) > name.count(last) for first, last in _QUOTES if first in name
    )


def _survey(file: ExportFile, style: str) -> _Export:
    dates, speakers, platform, rtl = DateOrder(file.dates), set[str](), set[str](), False
    for _, line in file.lines():
        entry = _entry(line, style)
        if entry is None:
            continue
        dates.see(entry.date)
        rtl = rtl or line.startswith("\u200f")
        names = platform if is_platform(entry.words, rtl) and not entry.marked else speakers
        if entry.sender and len(names) < 1000:
            names.add(entry.sender)
    order, assumed = dates.decide()
    if assumed:
        file.notes.append(assumed)
    chat = chat_title(file.called, speakers)
    # In a group, iPhones put the group's own name before the lines of the platform.
    group = len(speakers) > 2 or (len(speakers) == 2 and chat in platform - speakers)
    return _Export(style, order, chat, "group" if group else "direct", rtl)


def _message(block: list[str], export: _Export) -> ImportedMessage | None:
    entry = _entry(block[0], export.style)
    if entry is None:
        if not any(line.strip() for line in block):
            return None
        raise BadRow("text without a date before it")
    day = ordered(entry.date, export.order)
    if day is None:
        raise BadRow(f"{'/'.join(map(str, entry.date))} is not a date in the order {export.order}")
    raw = "\n".join([entry.words, *block[1:]]).rstrip("\n")
    what = said(raw, iphone=export.style != "android", marked_line=entry.marked, rtl=export.rtl)
    sender = "" if what.of_platform else entry.sender
    kind = what.kind if sender else "system"
    is_words = kind in ("text", "system")
    return ImportedMessage(
        chat_id=export.chat,
        chat_name=export.chat,
        sender_id=sender,
        sender_name=sender,
        sent_at=local_ms(day, clock(entry.time)),
        text=what.words if sender or what.of_platform else without_marks(raw),
        kind=kind,
        from_owner=None if sender else False,
        chat_kind=export.kind,
        recalled=what.recalled,
        edited=what.edited,
        raw=None if is_words else without_marks(raw),
        chat_id_is_name=True,
        to_the_minute=to_the_minute(entry.time),
    )
