"""chatlog's plain text: `name(id) 10-04 11:43:05`, the text below, a blank line.

Written by chatlog and its forks (`/api/v1/chatlog` without a format; `PlainText` in
`internal/model/message.go`, read as of August 2025). The owner is `我`, WeChat's own lines have
the sender 系统消息. If several chats were asked for, groups stand in brackets behind the sender.
The date has its year only where the time range goes over the end of a year, and is missing where
one day was asked for.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import local_time_ms
from storage.importers.file import ExportFile, is_blank_line
from storage.importers.problems import BadFile
from storage.importers.programs.chatlog_words import SYSTEM_SENDER, own_words
from storage.importers.programs.wechat_types import is_group
from storage.importers.programs.wechat_words import says_recall
from storage.importers.record_fields import BadRow
from storage.texts import Text

NAME = "chatlog-txt"
PLATFORM = "wechat"
PROGRAMS = (
    Program(
        "chatlog",
        "plain text",
        "in the file",
        unsure="where its dates have no year, the newest possible one is assumed",
        versions="of August 2025; WeChat 3 and 4",
        source="its source",
    ),
)
LOOKS_FOR = ("Name(wxid_name) 2024-10-04 11:43:05",)

_OWNER = "我"
_HEADING = re.compile(
    r"(?P<who>\S.{0,150}?) (?:\[(?P<chat>.{1,200})\] )?"
    r"(?P<date>(?:\d{4}-)?\d\d-\d\d )?(?P<time>\d\d:\d\d:\d\d)"
)
_NAMED = re.compile(r"(?P<name>.{1,120})\((?P<id>[^\s()]{1,80})\)")
_ID = re.compile(r"[A-Za-z][\w.-]{4,}|\d{5,}(?:@chatroom)?|[\w-]{2,}@(?:chatroom|openim)")
_YEARS = 10


class _Head(NamedTuple):
    """`chat` is the group's `name(id)` or "". `date` is `MM-DD`, with or without its year."""

    id: str
    name: str
    chat: str
    date: str
    time: str


class _Export(NamedTuple):
    """What the whole file says. `names`: the others, by their ids."""

    names: dict[str, str]
    labelled: bool
    stem: str
    year: int


def recognizes(file: ExportFile) -> bool:
    if not any(map(_head, file.head_lines(1))):
        return False
    heads = filter(None, map(_head, file.head.splitlines()))
    return any(head.id == _OWNER or _ID.fullmatch(head.id) is not None for head in heads)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    export = _survey(file)
    file.note_local_times()
    return file.each(_blocks(file), lambda block: _message(block, export))


def _survey(file: ExportFile) -> _Export:
    names: dict[str, str] = {}
    labelled, yearless, last, leap = False, False, "", False
    for line, block in _blocks(file):
        head = _head(block[0])
        if head is None:
            continue
        if not head.date:
            raise BadFile(
                file.path,
                Text(
                    "its times have no date, since one day alone was asked for; let chatlog write "
                    "two days at least, or JSON"
                ),
                line=line,
            )
        labelled = labelled or bool(head.chat)
        if head.id not in (_OWNER, SYSTEM_SENDER) and len(names) < 1000:
            names[head.id] = head.name
        if len(head.date) == 5:
            yearless, last, leap = True, max(last, head.date), leap or head.date == "02-29"
    year = _newest_year(last, leap) if yearless else 0
    if year:
        file.notes.append(Text("its dates have no year: {year} was assumed", year=year))
    return _Export(names, labelled, file.called.stem, year)


def _newest_year(last: str, leap: bool) -> int:
    """In which `last`, the file's last `MM-DD`, is not in the future."""
    now = datetime.now().astimezone()
    for year in range(now.year, now.year - _YEARS, -1):
        is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        if f"{year}-{last}" <= f"{now:%Y-%m-%d}" and (is_leap or not leap):
            return year
    return now.year


def _blocks(file: ExportFile) -> Iterator[tuple[int, list[str]]]:
    """A message begins behind a blank line: what is quoted or forwarded has such lines too."""
    blocks = file.blocks(_head, below=is_blank_line)
    return ((line, block) for line, block in blocks if not all(map(is_blank_line, block)))


def _head(line: str) -> _Head | None:
    # Looking for a time at the end first is quicker: nearly no line has one.
    match = _HEADING.fullmatch(line) if line[-3:-2] == ":" else None
    if match is None:
        return None
    named = _NAMED.fullmatch(match["who"])
    id_ = named["id"] if named else match["who"]
    known = named or id_ in (_OWNER, SYSTEM_SENDER) or _ID.fullmatch(id_)
    if not known:
        return None
    date = (match["date"] or "").strip()
    return _Head(id_, named["name"] if named else id_, match["chat"] or "", date, match["time"])


def _message(block: list[str], export: _Export) -> ImportedMessage:
    head = _head(block[0])
    if head is None:
        raise BadRow(Text("text without a heading such as Name(id) 10-04 11:43:05"))
    chat_id, chat_name, is_name = _chat(head, export)
    said = "\n".join(block[1:]).strip("\n")
    kind, words, raw = own_words(head.id, said, export.names.values())
    system = kind == "system"
    date = head.date if len(head.date) == 10 else f"{export.year}-{head.date}"
    return ImportedMessage(
        chat_id=chat_id,
        chat_name=chat_name,
        sender_id="" if system else head.id,
        sender_name="" if system else head.name,
        sent_at=local_time_ms(f"{date} {head.time}"),
        text=words,
        kind=kind,
        from_owner=head.id == _OWNER and not system,
        chat_kind="group" if head.chat or len(export.names) > 1 else "direct",
        recalled=system and says_recall(said),
        raw=raw,
        chat_id_is_name=is_name,
    )


def _chat(head: _Head, export: _Export) -> tuple[str, str, bool]:
    """(id, name, whether the id is a name): the group behind the sender, or the one other."""
    if head.chat:
        named = _NAMED.fullmatch(head.chat)
        id_, name = (named["id"], named["name"]) if named else (head.chat, head.chat)
        return id_, name, not is_group(id_)
    if export.labelled:
        raise BadRow(
            Text("it doesn't say which chat it is of; let chatlog write one chat at a time")
        )
    if len(export.names) == 1:
        ((id_, name),) = export.names.items()
        return id_, name, False
    return export.stem, export.stem, True
