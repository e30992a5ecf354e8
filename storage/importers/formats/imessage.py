"""imessage-exporter's .txt: `May 17, 2022  5:29:42 PM`, below it the sender and the text.

Written by imessage-exporter (`exporters/txt.rs`, read at 1.8 and 4), one chat a file. A blank line
stands between messages. What happened to the chat itself stands behind the date: `… PM You renamed
the conversation to Trip`.
"""

import re
from collections.abc import Iterator

from storage.importers.base import ImportedMessage, Program
from storage.importers.copy_marks import chat_by_file
from storage.importers.file import ExportFile, is_blank_line
from storage.importers.programs.imessage_said import DATE, is_unsent, said, sent_ms
from storage.importers.record_fields import BadRow
from storage.texts import Text

NAME = "imessage"
PLATFORM = "imessage"
PROGRAMS = (
    Program(
        "imessage-exporter",
        ".txt",
        "`Me`",
        unsure="answers are taken where they stand in the chat",
        versions="1.8 to 4",
        source="its source and its tests",
    ),
)
LOOKS_FOR = ("May 17, 2022  5:29:42 PM",)

_HEAD = re.compile(rf"(?P<date>{DATE})(?: \((?:Read|Delivered) .*\)|(?P<event> \S.*))?")
_OWNER = "Me"  # what the program calls whoever exports


def recognizes(file: ExportFile) -> bool:
    match = _HEAD.fullmatch(file.first_dated_line)
    return match is not None and not match["event"]


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    senders = {_sender(block) for _, block in _blocks(file)} - {""}
    file.note_local_times()
    chat = chat_by_file(file, senders)
    kind = "group" if len(senders - {_OWNER}) > 1 else "direct"
    # Under a name that the owner chose, their messages are not marked.
    marked = _OWNER in senders

    def message(block: list[str]) -> ImportedMessage | None:
        made = _message(block, chat, marked)
        return made and made._replace(chat_kind=kind)

    return file.each(_blocks(file), message)


def _blocks(file: ExportFile) -> Iterator[tuple[int, list[str]]]:
    """A message begins behind a blank line: dates elsewhere are versions of an edited one."""
    return file.blocks(lambda line: _HEAD.fullmatch(line.rstrip()), below=is_blank_line)


def _sender(block: list[str]) -> str:
    match = _HEAD.fullmatch(block[0].rstrip())
    return block[1].strip() if match and not match["event"] and len(block) > 1 else ""


def _message(block: list[str], chat: str, marked: bool) -> ImportedMessage | None:
    match = _HEAD.fullmatch(block[0].rstrip())
    if match is None:
        if not any(line.strip() for line in block):
            return None
        raise BadRow(Text("text without a date before it"))
    sender = _sender(block)
    if not sender and not match["event"]:
        raise BadRow(Text("no sender below the date"))
    what = said(block[2:])
    made = ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id=sender,
        sender_name=sender,
        sent_at=sent_ms(match["date"]),
        text=what.words,
        kind=what.kind,
        from_owner=sender == _OWNER if marked else None,
        recalled=what.recalled,
        edited=what.edited,
        raw=what.raw,
        chat_id_is_name=True,
        file=what.file,
    )
    if match["event"]:
        event = match["event"].strip()
        made = made._replace(text=event, kind="system", from_owner=False, raw=None)
        return made._replace(recalled=is_unsent(event))
    return made
