"""WeFlow's Excel file: the chat's id and name above, then a table with a row for each message.

Written by WeFlow (`ExcelFormatter.ts`, and `exportSessionToExcelStreaming` for more than 20,000
messages) and its forks; read as of June 2026. With "compact columns" the sender is a name alone.
The owner is `我` in chats of two; in groups they go by their name. Also read where a spreadsheet
saved it again as CSV.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from storage.importers.base import ImportedMessage, Program, Said
from storage.importers.dates import local_time_ms, to_the_minute
from storage.importers.file import ExportFile
from storage.importers.file_kinds import path_alone
from storage.importers.programs.wechat_types import is_group, kind_named
from storage.importers.programs.wechat_words import says_recall
from storage.importers.programs.weflow_words import read_weflow_text
from storage.importers.raw_files.source import is_workbook
from storage.importers.raw_files.workbook import sheets
from storage.importers.record_fields import as_written, needed, word

NAME = "weflow-xlsx"
PLATFORM = "wechat"
PROGRAMS = (
    Program(
        "WeFlow",
        "Excel (.xlsx), with all or compact columns",
        "in chats of two `我`; in groups `--me`",
        versions="2026",
        source="its source",
    ),
)
LOOKS_FOR = ("会话信息", "序号", "时间", "发送者身份", "消息类型", "内容")

_TITLE = "会话信息"
_NEEDED = ("时间", "发送者身份", "消息类型", "内容")
_HEADING_LINES = 12
_OWNER = "我"


class _Chat(NamedTuple):
    id: str
    name: str
    people: set[str]

    @property
    def is_group(self) -> bool:
        return is_group(self.id)


def recognizes(file: ExportFile) -> bool:
    if not is_workbook(file.path) and _TITLE not in file.first_line:
        return False
    rows = [row for _, row in islice(_table(file), _HEADING_LINES)]
    return bool(rows) and rows[0][:1] == [_TITLE] and any(set(_NEEDED) <= set(row) for row in rows)


def _table(file: ExportFile) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet, or of the CSV."""
    if not is_workbook(file.path):
        yield from file.csv_rows()
        return
    for sheet in sheets(file.source):
        for number, cells in sheet:
            yield number, [as_written(cell) for cell in cells]
        return


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    file.note_local_times()
    chat = _chat(file)
    for _, row in _rows(file):
        if len(chat.people) < 1000:
            chat.people.add(row["发送者身份"].strip())
    return file.each(_rows(file), lambda row: _message(row, chat))


def _chat(file: ExportFile) -> _Chat:
    """By the lines above the table: labels, each with its value behind it."""
    found: dict[str, str] = {}
    for _, row in _table(file):
        cells = [cell.strip() for cell in row if cell.strip()]
        if set(_NEEDED) <= set(cells):
            break
        found |= {
            label: cells[at + 1]
            for at, label in enumerate(cells[:-1])
            if label in ("微信ID", "昵称", "备注")
        }
    id_ = found.get("微信ID") or file.called.stem
    return _Chat(id_, found.get("备注") or found.get("昵称") or id_, set())


def _rows(file: ExportFile) -> Iterator[tuple[int, dict[str, str]]]:
    header: list[str] = []
    for line, row in _table(file):
        if not header:
            header = [cell.strip() for cell in row] if set(_NEEDED) <= set(row) else []
            continue
        # A sheet has no cells behind the last one that holds something.
        cells = [*row, *[""] * (len(header) - len(row))]
        yield line, dict(zip(header, cells, strict=False))


def _message(row: Mapping[str, str], chat: _Chat) -> ImportedMessage:
    time, role = needed(row, "时间"), needed(row, "发送者身份")
    said, what = row["内容"], _content(row, chat)
    own = role == _OWNER and not chat.is_group
    friend = chat.id if not own and not chat.is_group else ""
    sender = "" if what.kind == "system" else word(row, "发送者微信ID") or friend or role
    name = word(row, "发送者昵称") or role if own else role
    return ImportedMessage(
        chat_id=chat.id,
        chat_name=chat.name,
        sender_id=sender,
        sender_name=name if sender else "",
        sent_at=local_time_ms(time),
        text=said if what.kind == "system" else what.words,
        kind=what.kind,
        from_owner=False if not sender else None if chat.is_group else own,
        chat_kind="group" if chat.is_group else "direct",
        recalled=what.kind == "system" and says_recall(said),
        raw=what.raw,
        to_the_minute=to_the_minute(time),
        file=path_alone(said),
    )


def _content(row: Mapping[str, str], chat: _Chat) -> Said:
    kind, said = kind_named(row["消息类型"].strip()), row["内容"]
    if kind == "text":
        return read_weflow_text(said, chat.people)
    return Said(kind, raw=None if kind == "system" else said or None)
