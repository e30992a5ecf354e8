"""QQ's own .mht: a table with a row for each message, below rows with the date.

Written by QQ and TIM for Windows' message manager ("导出消息记录" as MHT, whose pictures are parts
of the same file). Names are as in its TXT, green for the owner and blue for everybody else, but for
the first of a section. Read in public programs that take these files apart, and in the rows that
those quote.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import Day, clock, local_ms
from storage.importers.file import ExportFile
from storage.importers.programs.qq_lines import kind_of_qq_line
from storage.importers.programs.qq_names import SYSTEM_NUMBERS, is_group_list, who
from storage.importers.programs.wechat_words import is_recall_line, says_recall
from storage.importers.raw_files.html_events import End, Event, Tag, html_events
from storage.importers.record_fields import BadRow, shown
from storage.texts import Text

NAME = "qq-mht"
PLATFORM = "qq"
PROGRAMS = (
    Program(
        "QQ, TIM",
        "its own .mht, one chat or all of them",
        "the one whose name is green; otherwise `--me`, best the number",
        unsure="the meaning of its colours is known from public samples",
        versions="for Windows",
        source="public samples; other programs that read it",
    ),
)
LOOKS_FOR = ("From: <Save by Tencent MsgMgr>", "Subject: Tencent IM Message")

_FIRST = "From: <Save by Tencent MsgMgr>"
_GREEN = re.compile(r"(?i)color:\s*#42B475")
_CHAT = re.compile(r"消息对象[:：]\s*(.{1,200})")
_LIST = re.compile(r"消息分组[:：]")
_DATE = re.compile(r"日期[:：]\s*(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_CLOCK = re.compile(r"(?:\d{1,2}:\d{2}:\d{2}(?: [AP]M)?|[上下]午 ?\d{1,2}:\d{2}:\d{2})")
_LONGEST = 1 << 18
_MOST_NAMES = 20_000


@dataclass(slots=True)
class _Row:
    """A row of the table. `parts`: the name, the time behind it, and what was said."""

    line: int
    green: bool = False
    parts: list[list[str]] = field(default_factory=lambda: [[], [], []])
    pictures: int = 0
    divs: int = 0  # how many have begun
    depth: int = 0
    signs: int = 0

    def part(self, number: int) -> str:
        return "".join(self.parts[number]).replace("\xa0", " ")


class _Message(NamedTuple):
    chat: str
    is_group: bool
    day: Day
    row: _Row

    @property
    def sender(self) -> tuple[str, str]:
        """(id, name)."""
        return who(self.row.part(0).strip())


def recognizes(file: ExportFile) -> bool:
    return file.first_line.strip() == _FIRST


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    green, blue, people = Counter[str](), Counter[str](), dict[str, set[str]]()
    for _, message in _messages(file):
        id_, name = message.sender
        if len(green) + len(blue) < _MOST_NAMES:
            (green if message.row.green else blue)[id_] += 1
        chat = people.setdefault(message.chat, set())
        if name and len(chat) < 1000:
            chat.add(name)
    owner = _owner(green, blue)
    file.begin()
    file.note_local_times()

    def built(message: _Message) -> ImportedMessage:
        names = people[message.chat]
        group = message.is_group or len(names) > 2
        made = _built(message, names, owner)
        return made._replace(chat_kind="group" if group else "direct")

    return file.each(_messages(file), built)


def _owner(green: Counter[str], blue: Counter[str]) -> str:
    """Who is nearly always green; "" where that is nobody, or not one person alone.

    The first message of a section may have the wrong colour.
    """
    mostly = [id_ for id_, count in green.items() if count > blue[id_]]
    return mostly[0] if len(mostly) == 1 and green[mostly[0]] > 1 else ""


def _messages(file: ExportFile) -> Iterator[tuple[int, _Message]]:
    chat, is_group = file.called.stem, False
    day: Day | None = None
    for line, row in _rows(file):
        text = row.part(0).strip() + row.part(1)
        found, date = _CHAT.fullmatch(text.strip()), _DATE.fullmatch(text.strip())
        if _LIST.match(text):
            is_group = is_group_list(text)
        elif found:
            chat, day = who(found[1].strip())[1], None
        elif date:
            day = int(date[1]), int(date[2]), int(date[3])
        elif _CLOCK.fullmatch(row.part(1).strip()):
            if day is None:
                file.skip(line, Text("a message without a date above it"))
            else:
                yield line, _Message(chat, is_group, day, row)
        elif row.part(2).strip() or row.pictures:
            file.skip(line, Text("a message without a time: {value}", value=shown(text)))


def _rows(file: ExportFile) -> Iterator[tuple[int, _Row]]:
    """(line, row) of the page. The pictures behind it are not read."""
    row: _Row | None = None
    with file.text() as stream:
        for line, event in html_events(stream, file.path):
            if isinstance(event, Tag) and event.name == "tr":
                row = _Row(line)
            elif isinstance(event, End) and event.name == "tr" and row is not None:
                yield row.line, row
                row = None
            elif isinstance(event, End) and event.name == "html":
                return
            elif row is not None:
                _add(row, event)
                if row.signs > _LONGEST:
                    raise file.broken(line, Text("a message longer than any chat has"))
    raise file.broken(1, Text("the page has no end: it was cut off"))


def _add(row: _Row, event: Event) -> None:
    """In a message the first `div` holds another, with the name, and behind that the time."""
    if isinstance(event, str):
        # Rows of the heading have one `div`, those with a date none.
        part = 2 if row.divs > 2 else 1 if row.divs == 2 and row.depth == 1 else 0
        row.parts[part].append(event.strip("\r\n"))
        row.signs += len(event)
    elif event.name == "div":
        row.depth += 1 if isinstance(event, Tag) else -1
        if isinstance(event, Tag):
            if row.divs == 0:
                row.green = _GREEN.search(event.attributes.get("style", "")) is not None
            row.divs += 1
    elif isinstance(event, Tag) and event.name == "br":
        row.parts[2].append("\n")
    elif isinstance(event, Tag) and event.name == "img":
        row.pictures += 1


def _built(message: _Message, names: set[str], owner: str) -> ImportedMessage:
    row = message.row
    sender, name = message.sender
    words = row.part(2).strip()
    system = not sender or sender in SYSTEM_NUMBERS or is_recall_line(words, names)
    instead = kind_of_qq_line(words)
    kind = "system" if system else instead or ("image" if row.pictures else "text")
    try:
        sent_at = local_ms(message.day, clock(row.part(1)))
    except BadRow:
        raise BadRow(Text("time {value} is not a time of day", value=shown(row.part(1)))) from None
    return ImportedMessage(
        chat_id=message.chat,
        chat_name=message.chat,
        sender_id="" if system else sender,
        sender_name="" if system else name,
        sent_at=sent_at,
        text="" if instead and not system else words,
        raw=words if instead and not system else None,
        kind=kind,
        from_owner=False if system else sender == owner if owner else None,
        recalled=system and says_recall(words),
        chat_id_is_name=True,
    )
