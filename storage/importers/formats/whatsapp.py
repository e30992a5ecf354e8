"""WhatsApp's "export chat", a .txt alone or in a .zip.

Written by WhatsApp and WhatsApp Business on Android and iPhones, in the language and with the
dates of the phone:

- iPhone `[23.07.23, 10:17:53] Name: hi`, before 2018 `23.07.23 10.17.53: Name: hi`
- Android `12/12/19, 02:09 - Name: hi`; Vietnamese `21:25, 13/06/2018 - Name: hi`
- copied from WhatsApp Web `[21:25, 13/06/2018] Name: hi`

Digits of all scripts, the calendars of Thailand, Iran, Arabia, Japan and Taiwan, localized halves
of the day and U+202F in times occur in all of them. Known from WhatsApp's strings of 2017 to 2022,
from exports in public bug reports, and from 450 of them that the program whats_json collected.
"""

from collections.abc import Iterator
from typing import NamedTuple

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import DateOrder, Day, Order, clock, local_ms, ordered, to_the_minute
from storage.importers.file import ExportFile
from storage.importers.formats import feishu
from storage.importers.programs.element_text import is_element_text
from storage.importers.programs.names_with_colon import NamesWithColon, WholeNames
from storage.importers.programs.sigexport_text import is_markdown
from storage.importers.programs.whatsapp_head import SPACES, STYLES, Style, head_of, matches
from storage.importers.programs.whatsapp_said import MARK, is_platform, said, without_marks
from storage.importers.programs.whatsapp_title import chat_title
from storage.importers.record_fields import BadRow
from storage.texts import Text

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

_MAX_NAME = 100
# A quote that a name opens and does not close: `Ann changed the subject to "Trip: Rome"`.
_QUOTES = (("“", "”"), ("„", "“"), ("«", "»"), ("「", "」"), ("『", "』"))


class _Entry(NamedTuple):
    """`words` are raw, with their marks; `marked` whether a mark stands before the date."""

    date: Day
    time: str
    sender: str
    words: str
    marked: bool


class _Export(NamedTuple):
    """What the whole file says about each of its messages."""

    style: Style
    order: Order
    chat: str
    kind: str
    rtl: bool
    names: WholeNames


def recognizes(file: ExportFile) -> bool:
    others = (is_markdown, is_element_text, feishu.is_exported)
    return _style(file) is not None and not any(is_its(file) for is_its in others)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    file.note_local_times()
    style = _style(file) or "android"
    export = _survey(file, style)
    rows = file.blocks(lambda line: matches(line, style))
    return file.each(rows, lambda block: _message(block, export))


def _style(file: ExportFile) -> Style | None:
    """In which way the file's messages begin; None where it isn't WhatsApp's."""
    first = file.first_dated_line
    found = next((style for style in STYLES if matches(first, style)), None)
    if found != "old iphone":
        return found
    # Many lines of text begin with a date and a colon: only with a name behind it is it a message.
    entries = (_entry(line, found) for line in file.head.splitlines())
    return found if any(entry and entry.sender for entry in entries) else None


def _entry(line: str, style: Style) -> _Entry | None:
    """The parts of a line that begins a message."""
    head = head_of(line, style)
    if head is None:
        return None
    sender, colon, words = head.rest.partition(": ")
    if not colon and without_marks(head.rest).endswith(":"):
        sender, colon = head.rest.rstrip(MARK)[:-1], ":"
    sender = sender.strip() if sender.isascii() else _plain_name(sender)
    named = bool(colon) and 0 < len(sender) <= _MAX_NAME and not _has_open_quote(sender)
    marked = line.lstrip(" \ufeff").startswith(MARK)
    said = (sender, words) if named else ("", head.rest)
    return _Entry(head.date, head.time, *said, marked)


def _plain_name(name: str) -> str:
    return without_marks(name).translate(SPACES).strip()


def _has_open_quote(name: str) -> bool:
    return name.count('"') % 2 == 1 or any(
        name.count(first) > name.count(last) for first, last in _QUOTES if first in name
    )


def _survey(file: ExportFile, style: Style) -> _Export:
    dates, speakers, platform, rtl = DateOrder(file.dates), set[str](), set[str](), False
    with_colon = NamesWithColon(chat_title(file.called, ()))
    for _, line in file.lines():
        entry = _entry(line, style)
        if entry is None:
            continue
        dates.see(entry.date)
        rtl = rtl or line.startswith("\u200f")
        seen = platform if is_platform(entry.words, rtl) and not entry.marked else speakers
        if entry.sender and len(seen) < 1000:
            seen.add(entry.sender)
            with_colon.see(entry.sender, entry.words)
    order, assumed = dates.decide()
    if assumed:
        file.notes.append(assumed)
    names = with_colon.names()
    speakers = set(map(names.name, speakers))
    chat = chat_title(file.called, speakers)
    # In a group, iPhones put the group's own name before the lines of the platform.
    group = len(speakers) > 2 or (len(speakers) == 2 and chat in platform - speakers)
    return _Export(style, order, chat, "group" if group else "direct", rtl, names)


def _message(block: list[str], export: _Export) -> ImportedMessage | None:
    entry = _entry(block[0], export.style)
    if entry is None:
        if not any(line.strip() for line in block):
            return None
        raise BadRow(Text("text without a date before it"))
    day = ordered(entry.date, export.order)
    if day is None:
        raise BadRow(
            Text(
                "{value} is not a date in the order {order}",
                value="/".join(map(str, entry.date)),
                order=export.order,
            )
        )
    name, words = export.names.split(entry.sender, entry.words)
    raw = "\n".join([words, *block[1:]]).rstrip("\n")
    what = said(raw, iphone=export.style != "android", marked_line=entry.marked, rtl=export.rtl)
    sender = "" if what.of_platform else name
    kind = what.kind if sender else "system"
    is_words = kind in ("text", "system")
    return ImportedMessage(
        chat_id=export.chat,
        chat_name=export.chat,
        sender_id=sender,
        sender_name=sender,
        # What stands before a colon in the name.
        account=entry.sender if sender != entry.sender and sender else "",
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
        file=what.file,
    )
