"""QQChatExporter's TXT: name, `时间: 2026-01-06 21:05:24`, `内容: text`, each on lines of its own.

Written by QQChatExporter V4 and V5 (`text_exporter.rs`, before it `TextExporter.ts`, and
`exportTextStreaming` with `[#1] 2023/11/15 06:15:23 name`) and by QQ Data Exporter, which adds the
sender's number. Below a text stand the files, who is mentioned and what is answered.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from storage.importers.base import ImportedMessage, Program, Said
from storage.importers.dates import local_time_ms
from storage.importers.file import ExportFile
from storage.importers.owner import owner_of_two
from storage.importers.programs.qq_exporter_words import said
from storage.importers.programs.wechat_words import is_recall_line
from storage.importers.record_fields import BadRow
from storage.texts import Text

NAME = "qq-exporter-txt"
PLATFORM = "qq"
PROGRAMS = (
    Program(
        "QQChatExporter, QQ Data Exporter",
        "TXT",
        "in chats of two: whoever is not in the heading; otherwise `--me`",
        versions="V4, V5",
        source="its source",
    ),
)
LOOKS_FOR = ("QQ聊天记录导出文件", "聊天名称: Name", "时间: 2026-01-06 21:05:24", "内容: hi")

_FIRST = re.compile(r"\[QQ ?(?:ChatExporter|Data Exporter)\b[^\n]{0,200}")
_TITLE = "QQ聊天记录导出文件"
_FIELD = re.compile(r"(聊天名称|聊天类型|群ID|好友ID): ?(.{1,200})")
_TIME = re.compile(r"时间: (\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})")
_ID = re.compile(r"发送者ID: ?(\S{1,80})")
_NUMBER = re.compile(r"\[\d{1,9}\]")
_STREAMED = re.compile(r"\[#\d{1,9}\] (\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}:\d{2}) (.{1,200})")
_BADGE = re.compile(r"\[[^\[\]]{1,40}\] (?=\S)")
_RULE = re.compile(r"={20,}")
_HEADING_LINES = 30
_LONGEST = 5000


class _Chat(NamedTuple):
    id: str
    name: str
    is_group: bool
    people: set[str]

    def from_owner(self, sender: str) -> bool | None:
        return None if self.is_group else owner_of_two(sender, self.name, self.people)


class _Row(NamedTuple):
    """`lines` are below the time."""

    name: str
    id: str
    time: str
    lines: list[str]


def recognizes(file: ExportFile) -> bool:
    return _FIRST.match(file.first_line) is not None and _TITLE in file.head[:4000]


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    file.note_local_times()
    fields = {
        match[1]: match[2].strip()
        for line in file.head.splitlines()[:_HEADING_LINES]
        if (match := _FIELD.fullmatch(line))
    }
    name = fields.get("聊天名称") or file.called.stem
    id_ = fields.get("群ID") or fields.get("好友ID") or name
    chat = _Chat(id_, name, fields.get("聊天类型") == "群聊", set())
    for _, row in _rows(file):
        if len(chat.people) < 1000:
            chat.people.add(_plain_name(row.name, chat))
    return file.each(_rows(file), lambda row: _message(row, chat))


def _plain_name(name: str, chat: _Chat) -> str:
    """Without the badge that members of groups have before their names."""
    return _BADGE.sub("", name, count=1) if chat.is_group else name


def _rows(file: ExportFile) -> Iterator[tuple[int, _Row]]:
    """(line, row). What stands above the first name is the heading."""
    line, row = 0, None
    lines: list[str] = []
    for number, text in file.lines():
        found = _begin(text, lines)
        if found is None:
            lines.append(text)
            if len(lines) > _LONGEST:
                raise file.broken(
                    number, Text("a message of more than {longest:,} lines", longest=_LONGEST)
                )
            continue
        name, id_, time, above = found
        if row is not None:
            yield line, row._replace(lines=_without_end(lines[: len(lines) - above]))
        line, row, lines = number - above, _Row(name, id_, time, []), []
    if row is not None:
        yield line, row._replace(lines=_without_end(lines))


def _begin(text: str, above: list[str]) -> tuple[str, str, str, int] | None:
    """(name, id, time, lines above that belong to it) where a message begins with this line."""
    streamed = _STREAMED.fullmatch(text) if text.startswith("[#") else None
    if streamed is not None:
        return streamed[2].strip(), "", streamed[1], 0
    time = _TIME.fullmatch(text) if text.startswith("时间: ") else None
    if time is None or not above:
        return None
    id_ = _ID.fullmatch(above[-1])
    taken = 2 if id_ else 1
    if len(above) < taken or not above[-taken].endswith(":"):
        return None
    return above[-taken].removesuffix(":").strip(), id_[1] if id_ else "", time[1], taken


def _without_end(lines: list[str]) -> list[str]:
    """Without the number of the next message, and without the file's last lines."""
    end = next(
        (
            at
            for at in range(len(lines) - 1)
            if _RULE.fullmatch(lines[at]) and lines[at + 1].strip().startswith("导出完成")
        ),
        len(lines),
    )
    own = _without_blanks(lines[:end])
    numbered = len(own) > 1 and _NUMBER.fullmatch(own[-1]) and not own[-2].strip()
    return _without_blanks(own[:-1]) if numbered else own


def _without_blanks(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def _message(row: _Row, chat: _Chat) -> ImportedMessage:
    name = _plain_name(row.name, chat)
    if not name:
        raise BadRow(Text("a message without a name"))
    what = said(row.lines)
    recalled = what.kind == "text" and is_recall_line(what.words, chat.people)
    if recalled:
        what = Said("system", what.words)
    sender = "" if what.kind == "system" else row.id or name
    return ImportedMessage(
        chat_id=chat.id,
        chat_name=chat.name,
        sender_id=sender,
        sender_name=name if sender else "",
        sent_at=local_time_ms(row.time),
        text=what.words,
        kind=what.kind,
        from_owner=chat.from_owner(name) if sender else False,
        chat_kind="group" if chat.is_group or len(chat.people) > 2 else "direct",
        recalled=recalled,
        raw=what.raw,
        chat_id_is_name=chat.id == chat.name,
    )
