"""MemoTrace's TXT: `2024-10-04 11:43:05 name`, the text below, a blank line."""

from collections.abc import Iterator

from storage.importers.base import ImportedMessage, Program
from storage.importers.file import ExportFile
from storage.importers.named_blocks import (
    Block,
    begins_with_heading,
    has_numbers,
    messages,
    plain_message,
)

NAME = "memotrace-txt"
PLATFORM = "wechat"
PROGRAMS = (Program("MemoTrace", "TXT", "`--me`"),)


def recognizes(file: ExportFile) -> bool:
    # With numbers behind the names they are QQ's.
    return begins_with_heading(file) and not has_numbers(file.head)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    chat = file.path.stem
    senders = {row.name for _, row in messages(file)}
    file.begin()
    file.note_local_times()
    kind = "group" if len(senders) > 2 else "direct"

    def message(row: Block) -> ImportedMessage:
        return plain_message(row, row.name, row.name, chat)._replace(chat_kind=kind)

    return file.each(messages(file), message)
