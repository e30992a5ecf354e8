"""MemoTrace's TXT: `2024-10-04 11:43:05 name`, the text below, a blank line."""

from collections.abc import Iterator

from storage.importers.base import ImportedMessage
from storage.importers.file import ExportFile
from storage.importers.named_blocks import headings, messages, plain_message

NAME = "memotrace-txt"
PLATFORM = "wechat"


def recognizes(file: ExportFile) -> bool:
    return bool(headings(file.head))


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    file.note_local_times()
    chat = file.path.stem
    return file.each(messages(file), lambda row: plain_message(file, row, row[1], row[1], chat))
