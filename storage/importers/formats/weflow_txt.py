"""WeFlow's TXT: `2024-10-04 11:43:05 'name'`, the text below, a blank line.

Written by WeFlow (`exportTxtWriter.ts`) and its forks: always with quotes around the
name, and in a chat of two with `我` for the owner.
"""

from collections.abc import Iterator

from storage.importers.base import ImportedMessage, Program
from storage.importers.file import ExportFile
from storage.importers.owner import USUAL_OWNER
from storage.importers.programs.named_blocks import (
    Block,
    begins_with_heading,
    blocks,
    names_of_head,
    plain_message,
    platform_message,
)
from storage.importers.programs.weflow_words import read_weflow_text, weflow_chat

NAME = "weflow-txt"
PLATFORM = "wechat"
PROGRAMS = (
    Program(
        "WeFlow",
        "TXT",
        "in chats of two `我`; in groups `--me`",
        versions="2026",
        source="its source",
    ),
)
LOOKS_FOR = ("2024-10-04 11:43:05 'Name'",)


def recognizes(file: ExportFile) -> bool:
    names = names_of_head(file) if begins_with_heading(file) else []
    quoted = sum(_is_quoted(name) for name in names)
    return quoted * 2 > len(names)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    names = {row.name[1:-1] for _, row in blocks(file) if _is_quoted(row.name)}
    file.begin()
    file.note_local_times()
    chat = weflow_chat(file, names)
    marked = USUAL_OWNER in names
    kind = "group" if len(names) > 2 else "direct"

    def message(row: Block) -> ImportedMessage:
        name = row.name[1:-1] if _is_quoted(row.name) else row.name
        what = read_weflow_text(row.text, names, plain=True)
        if what.kind == "system":
            return platform_message(row, row.text, chat)
        from_owner = name == USUAL_OWNER if marked else None
        made = plain_message(row, name, name, chat)
        made = made._replace(kind=what.kind, text=what.words, raw=what.raw, file=what.file)
        return made._replace(from_owner=from_owner)

    rows = ((line, row) for line, row in blocks(file) if row.name)
    return file.each(rows, lambda row: message(row)._replace(chat_kind=kind))


def _is_quoted(name: str) -> bool:
    return len(name) > 2 and name.startswith("'") and name.endswith("'")
