"""MemoTrace's TXT: `2024-10-04 11:43:05 name`, the text below, a blank line.

Written by MemoTrace (WeChatMsg, 留痕), whose `exporter_txt.py` writes `[图片]` and the
like for what is no text, `引用:name:text` below an answer, and WeChat's own lines in the name's
place, with nothing below.
"""

import re
from collections.abc import Iterator

from storage.importers.base import ImportedMessage, Program
from storage.importers.copy_marks import chat_by_file
from storage.importers.file import ExportFile
from storage.importers.formats import qq_txt, weflow_txt
from storage.importers.programs.named_blocks import (
    Block,
    begins_with_heading,
    blocks,
    plain_message,
    platform_message,
)
from storage.importers.programs.wechat_words import (
    is_platform_line,
    placeholder_kind,
    without_quote_below,
)

NAME = "memotrace-txt"
PLATFORM = "wechat"
PROGRAMS = (
    Program(
        "MemoTrace",
        "TXT",
        "`--me`",
        source="its source",
    ),
)
LOOKS_FOR = ("2024-10-04 11:43:05 Name",)

_CARD = re.compile(r"\s*\[链接\]:title:")


def recognizes(file: ExportFile) -> bool:
    return begins_with_heading(file) and not (
        qq_txt.recognizes(file) or weflow_txt.recognizes(file)
    )


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    names = {row.name for _, row in blocks(file) if row.name and row.text}
    file.begin()
    file.note_local_times()
    chat = chat_by_file(file, names)
    kind = "group" if len(names) > 2 else "direct"
    rows = ((line, row) for line, row in blocks(file) if row.name)
    return file.each(rows, lambda row: _message(row, chat, names)._replace(chat_kind=kind))


def _message(row: Block, chat: str, names: set[str]) -> ImportedMessage:
    text = row.text
    if not text or is_platform_line(text, names):
        return platform_message(row, text or row.name, chat)
    message = plain_message(row, row.name, row.name, chat)
    kind = "link" if _CARD.match(text) else placeholder_kind(text)
    if kind is not None:
        return message._replace(kind=kind, text="", raw=text)
    words = without_quote_below(text)
    return message._replace(text=words, raw=text if words != text else None)
