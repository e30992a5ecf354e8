"""QQ's own TXT: `2019-07-16 18:15:05 name(23333)`, then the body; a preamble names the chat."""

import re
from collections.abc import Iterator

from storage.importers.base import ImportedMessage, Program
from storage.importers.file import ExportFile
from storage.importers.named_blocks import (
    HEADING,
    NUMBERED,
    Block,
    begins_with_heading,
    has_numbers,
    messages,
    plain_message,
)

NAME = "qq-txt"
PLATFORM = "qq"
PROGRAMS = (Program("QQ", "its own TXT", "`--me`, best the number"),)

_CHAT = re.compile(r"消息对象[:：]\s*(.+)")
_GROUP = re.compile(r"消息分组[:：].*群")
_SYSTEM = ("系统消息", "10000")


def recognizes(file: ExportFile) -> bool:
    return begins_with_heading(file) and has_numbers(file.head)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    file.note_local_times()
    preamble = file.head[: _first_heading(file.head)]
    named = _CHAT.search(preamble)
    chat = named[1].strip() if named else file.path.stem
    group = _GROUP.search(preamble) is not None

    def message(row: Block) -> ImportedMessage:
        who = NUMBERED.fullmatch(row.name)
        name = (who["name"].strip() if who else "") or row.name
        sender = (who["number"] or who["mail"] if who else "") or row.name
        made = plain_message(row, sender, name, chat)
        if name.startswith(_SYSTEM) or sender in _SYSTEM:
            made = made._replace(sender_id="", kind="system", from_owner=False)
        return made._replace(chat_kind="group") if group else made

    return file.each(messages(file), message)


def _first_heading(head: str) -> int:
    for line in head.splitlines(keepends=True):
        if HEADING.fullmatch(line.rstrip("\r\n")):
            return head.index(line)
    return len(head)
