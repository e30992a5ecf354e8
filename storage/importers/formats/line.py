"""LINE's .txt, one chat a file: dates on lines of their own, `HH:MM<tab>name<tab>text`.

Written by LINE on iPhone and Android ("Export chat history"; in English, Japanese, Chinese, Korean,
Thai and Indonesian), which puts a text of more than one line between quotes; and by LINE for
Windows, which has spaces instead of tabs and no quotes, see `RowNames`. Known from files quoted by
other programs that read them.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from storage.importers.base import ImportedMessage, Program, content
from storage.importers.copy_marks import without_copy_mark
from storage.importers.dates import ORDERS, DateOrder, Day, Order, clock, local_ms, ordered
from storage.importers.file import ExportFile
from storage.importers.owner import owner_of_two
from storage.importers.programs.line_names import RowNames
from storage.importers.programs.line_quotes import whole_messages
from storage.importers.programs.line_words import HEADINGS, bare_kind, is_unsent, kind_of_words
from storage.importers.record_fields import BadRow
from storage.importers.weekdays import weekday
from storage.texts import Text

NAME = "line"
PLATFORM = "line"
PROGRAMS = (
    Program(
        "LINE",
        ".txt",
        "in chats of two: whoever is not in the heading; in groups `--me`",
        source="other programs that read it",
    ),
    Program(
        "LINE for Windows",
        ".txt, spaces instead of tabs",
        "in chats of two: whoever is not in the file's name `[LINE]…`; otherwise `--me`",
        unsure="known from other programs that read it, not from a real file",
        source="other programs that read it",
    ),
)
LOOKS_FOR = ("[LINE] Chat history with Name", "12:30\tName\thi")

_DATE = re.compile(
    r"(?:(?P<before>[^\W\d_]{2,9}\.?,|[^\W\d_]{1,2}\.) ?)?"
    r"(?P<a>\d{1,4})(?P<sign>[./])(?P<b>\d{1,2})[./](?P<c>\d{1,4})\.?"
    r"(?: ?[(（](?P<inside>[^()（）]{1,9})[)）]"
    r"| (?P<after>[^\d\s()]{2,12})|(?P<close>[周週][^\d\s]))?"
)
_ROW = re.compile(
    r"((?:[^\W\d_]{2} ?)?\d{1,2}:\d{2}(?: ?[APap][Mm])?)\t([^\t]*)(?:\t(.*))?", re.DOTALL
)
# LINE for Windows: no heading, the day first, and words without brackets for what is no text.
_WINDOWS_DAY = re.compile(r"\d{4}\.\d{2}\.\d{2} [^\d\s]{2,12}")
_SPACED = re.compile(r"((?:[^\W\d_]{2} ?)?\d{1,2}:\d{2}(?: ?[APap][Mm]\b)?) +(\S[^\t]*)")
_STEM = re.compile(r"\[LINE\] ?(.+)")
_SHOWN = 12
_AsTabbed = Callable[[str], str]


class _DateLine(NamedTuple):
    """`shape` is the same for all lines with a date of one file: a pasted one often differs."""

    parts: Day
    weekday: int | None
    shape: str

    def day(self, order: Order) -> Day | None:
        """The day, or None where it is not the weekday that stands beside it."""
        day = ordered(self.parts, order)
        fits = day is not None and self.weekday in (None, date(*day).weekday())
        return day if fits else None


def recognizes(file: ExportFile) -> bool:
    begin = file.first_dated_line
    if not (_DATE.fullmatch(begin) or _ROW.fullmatch(begin)):
        return False
    first = file.first_line.strip()
    lines = file.head.lstrip("\ufeff").splitlines()[:40]
    dated = any(_DATE.fullmatch(line.strip()) for line in lines)
    rows = any(_ROW.fullmatch(line) for line in lines)
    if (dated and rows) or (any(p.fullmatch(first) for p in HEADINGS) and (dated or rows)):
        return True
    windows = _WINDOWS_DAY.fullmatch(first) and len(lines) > 1 and _SPACED.fullmatch(lines[1])
    return windows is not None


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    file.note_local_times()
    named = _friend(file)
    tabbed = _as_tabbed(file, named or file.called.stem)
    rows = _Rows(file, tabbed or _as_it_is)
    if rows.assumed:
        file.notes.append(rows.assumed)
    if tabbed and rows.senders:
        found = ", ".join(sorted(rows.senders)[:_SHOWN])
        file.notes.append(Text("names are not marked in it; read as names: {found}", found=found))
    plain = without_copy_mark(named)
    friend = plain if plain in rows.senders and named not in rows.senders else named
    chat = _LineChat(friend or file.called.stem, friend, rows.senders)
    return file.each(rows.messages(), lambda row: _message(row, chat))


class _LineChat(NamedTuple):
    """`friend` is the one after whom the chat is named, or "" where that is not known."""

    name: str
    friend: str
    senders: set[str]

    @property
    def is_direct(self) -> bool:
        return len(self.senders) <= 2

    def is_owner(self, sender: str) -> bool | None:
        return owner_of_two(sender, self.friend, self.senders) if sender else False


def _message(row: tuple[Day | None, str], chat: _LineChat) -> ImportedMessage:
    day, line = row
    match = _ROW.fullmatch(line)
    if match is None:
        raise BadRow(Text("neither a date nor a message HH:MM, name, text"))
    if day is None:
        raise BadRow(Text("a message without a date above it"))
    sender = match[2].strip() if match[3] is not None else ""
    # Of somebody who left, some versions write no name, and the tab behind it.
    said = _unquoted(match[3] or "") if sender else (match[2].strip() or (match[3] or "").strip())
    recalled = is_unsent(said, sender)
    kind = "system" if recalled or not sender else kind_of_words(said) or "text"
    said, raw = content(kind, said)
    return ImportedMessage(
        chat_id=chat.name,
        chat_name=chat.name,
        sender_id=sender,
        sender_name=sender,
        sent_at=local_ms(day, clock(match[1])),
        text=said,
        kind=kind,
        from_owner=chat.is_owner(sender),
        chat_kind="direct" if chat.is_direct else "group",
        recalled=recalled,
        raw=raw,
        chat_id_is_name=True,
        to_the_minute=True,
    )


def _friend(file: ExportFile) -> str:
    """The friend after whom the chat is named, by its heading or by the name of the file."""
    found = [pattern.fullmatch(file.first_line.strip()) for pattern in HEADINGS]
    found.append(_STEM.search(file.called.stem))
    return next((match[1].strip() for match in found if match), "")


def _as_it_is(line: str) -> str:
    return line


def _as_tabbed(file: ExportFile, chat: str) -> _AsTabbed | None:
    """What makes a row with spaces one with tabs; None where the file has tabs."""
    if any(_ROW.fullmatch(line) for _, line in file.lines()):
        return None
    matches = (_SPACED.fullmatch(line) for _, line in file.lines())
    names = RowNames((match[2] for match in matches if match), chat)

    def tabbed(line: str) -> str:
        match = _SPACED.fullmatch(line)
        if match is None:
            return line
        name, said = names.split(match[2])
        if bare_kind(said):
            said = f"[{said}]"
        return f"{match[1]}\t{name}\t{said}" if name else f"{match[1]}\t{said}"

    return tabbed


class _Rows:
    """The messages of a file, each with its day. `assumed` is what its dates left open."""

    def __init__(self, file: ExportFile, tabbed: _AsTabbed) -> None:
        self._file, self._tabbed = file, tabbed
        self._shape = next((found.shape for line in _lines(file) if (found := _date(line))), "")
        self._orders: tuple[Order, ...] = ORDERS
        self.senders: set[str] = set()
        self._orders, self.assumed = self._survey()

    def messages(self) -> Iterator[tuple[int, tuple[Day | None, str]]]:
        day: Day | None = None
        for number, lines, dates in self._blocks():
            if lines:
                yield number, (day, "\n".join(lines).rstrip("\n"))
            for found in dates:
                day = found.day(self._orders[0])

    def _survey(self) -> tuple[tuple[Order, ...], Text | None]:
        order = DateOrder(self._file.dates)
        for _, lines, dates in self._blocks():
            row = _ROW.fullmatch(lines[0]) if lines else None
            if row and row[3] is not None and row[2].strip() and len(self.senders) < 1000:
                self.senders.add(row[2].strip())
            for found in dates:
                order.see(found.parts, found.weekday)
        decided, assumed = order.decide()
        return (decided,), assumed

    def _blocks(self) -> Iterator[tuple[int, list[str], list[_DateLine]]]:
        """(line, a message's lines, the dates behind it): a row and what follows up to the next."""
        blocks = self._file.blocks(lambda line: _ROW.fullmatch(self._tabbed(line)))
        if self._tabbed is _as_it_is:  # with spaces there are no quotes
            blocks = whole_messages(
                blocks, _ROW.fullmatch, lambda line: self._date(line) is not None
            )
        for number, block in blocks:
            lines = [self._tabbed(block[0]), *block[1:]]
            row = _ROW.fullmatch(lines[0])
            end = self._end(lines, (row[3] or "") if row else "")
            if row is None and number == 1:
                end = 0  # the heading
            found = (self._date(line) for line in lines[end:])
            yield number, lines[:end], [date_line for date_line in found if date_line]

    def _end(self, lines: list[str], text: str) -> int:
        """How many lines are the message: all up to the last closing quote, then to a date."""
        closed = 0
        if text.startswith('"'):
            quotes = [at for at, line in enumerate(lines) if line.rstrip().endswith('"')]
            closed = max([at for at in quotes if at or len(text) > 1], default=0)
        dates = (at for at in range(closed + 1, len(lines)) if self._date(lines[at]))
        return next(dates, len(lines))

    def _date(self, line: str) -> _DateLine | None:
        found = _date(line)
        if found is None or found.shape != self._shape:
            return None
        return found if any(found.day(order) for order in self._orders) else None


def _lines(file: ExportFile) -> Iterator[str]:
    return (line for _, line in file.lines())


def _date(line: str) -> _DateLine | None:
    match = _DATE.fullmatch(line.strip())
    if match is None:
        return None
    names = ("before", "inside", "after", "close")
    name = next((match[place] for place in names if match[place]), "")
    shape = match["sign"] + "".join(place for place in names if match[place])
    parts = (int(match["a"]), int(match["b"]), int(match["c"]))
    return _DateLine(parts, weekday(name.rstrip(",")) if name else None, shape)


def _unquoted(text: str) -> str:
    if "\n" in text and text.startswith('"') and text.endswith('"'):
        return text[1:-1].replace('""', '"')
    return text
