"""signal-export's `data.json` (a message a line) and `chat.md`, in a folder for each chat.

Written by signal-export (sigexport) from Signal Desktop's database; the folder is called as the
chat, with nothing but letters and digits. Both files hold the same, so in a folder `chat.md` is
only read where `data.json` is not beside it. The owner is `Me`.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from storage.importers.base import ImportedMessage, Program, Said
from storage.importers.dates import local_time_ms, zoned_ms
from storage.importers.file import ExportFile
from storage.importers.file_kinds import kind_of_file
from storage.importers.programs.names_with_colon import NamesWithColon
from storage.importers.programs.sigexport_text import (
    HEAD,
    OWNER,
    is_call,
    is_markdown,
    quoted,
    said_in,
)
from storage.importers.record_fields import BadRow, as_object, needed, objects, text, word
from storage.texts import Text

NAME = "sigexport"
PLATFORM = "signal"
PROGRAMS = (
    Program(
        "signal-export",
        "`data.json`, JSON lines",
        "`Me`",
        source="its source",
    ),
    Program(
        "signal-export",
        "`chat.md`",
        "`Me`",
        unsure="lines that begin with `> ` at the end of a message count as a quote",
        source="its source",
    ),
)
LOOKS_FOR = ("date", "sender", "body", "quote", "sticker", "reactions", "attachments")

_FIELDS = ("date", "sender", "body", "quote", "reactions", "attachments")
_NOBODY = "No-Sender"
_LOOKED_AT = 300  # messages, from which a group is told from a chat of two
_Rows = Callable[[], Iterator[ImportedMessage]]


def recognizes(file: ExportFile) -> bool:
    if file.shape.root == "{":
        return file.shape.has(*_FIELDS)
    has_both = file.in_folder and file.source.beside("data.json") is not None
    return is_markdown(file) and not has_both


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    chat = file.called.parent.name or file.called.stem
    rows = _json(file, chat) if file.shape.root == "{" else _markdown(file, chat)
    others = {message.sender_id for message in islice(rows(), _LOOKED_AT)}
    file.begin()
    file.note_local_times()
    kind = "group" if len(others - {OWNER, ""}) > 1 else "direct"
    return (message._replace(chat_kind=kind) for message in rows())


def _json(file: ExportFile, chat: str) -> _Rows:
    def message(row: object) -> ImportedMessage:
        fields = as_object(row)
        sent_at = zoned_ms(needed(fields, "date"))
        return _message(chat, needed(fields, "sender"), sent_at, _said(fields))._replace(
            edited=bool(fields.get("edits"))
        )

    return lambda: file.each(file.json_lines(), message)


def _said(fields: Mapping[str, Any]) -> Said:
    body = text(fields, "body").strip()
    if fields.get("deleted") is True:
        return Said("system", recalled=True)
    if fields["call"] is True if "call" in fields else is_call(body):
        return Said("call", raw=body)
    if fields.get("sticker"):
        sticker = fields["sticker"]
        emoji = word(sticker if isinstance(sticker, dict) else fields, "emoji")
        return Said("sticker", raw=emoji, file=_sticker_file(sticker))
    for one in objects(fields, "attachments"):
        path = word(one, "path", "name", "missing_kind")
        return Said(kind_of_file(path), body, path or None, file=word(one, "path"))
    quote = quoted(text(fields, "quote").strip("\n").split("\n"))
    return Said("text" if body else "other", body, quote or None)


def _sticker_file(sticker: object) -> str:
    """Beside the folders of the chats; without an ending it was not exported."""
    fields = sticker if isinstance(sticker, dict) else {}
    id_, pack, suffix = (word(fields, name) for name in ("id", "packId", "extension"))
    return f"../exported_stickers/{pack}/{id_}.{suffix}" if suffix else ""


def _markdown(file: ExportFile, chat: str) -> _Rows:
    with_colon = NamesWithColon(chat)
    for _, line in file.lines():
        if head := HEAD.fullmatch(line):
            with_colon.see(head["name"].strip(), head["said"])
    names = with_colon.names()

    def message(block: list[str]) -> ImportedMessage | None:
        head = HEAD.fullmatch(block[0])
        if head is None:
            if any(line.strip() for line in block):
                raise BadRow(Text("text without a date and a name before it"))
            return None
        name, words = names.split(head["name"].strip(), head["said"])
        said = said_in("\n".join((words, *block[1:])))
        sent_at = local_time_ms(f"{head['date']} {head['time']}")
        made = _message(chat, name or _NOBODY, sent_at, said)
        return made._replace(to_the_minute=len(head["time"]) == 5)

    return lambda: file.each(file.blocks(HEAD.fullmatch), message)


def _message(chat: str, sender: str, sent_at: int, said: Said) -> ImportedMessage:
    is_line = sender == _NOBODY
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id="" if is_line else sender,
        sender_name="" if is_line else sender,
        sent_at=sent_at,
        text=said.words,
        kind="system" if is_line else said.kind,
        from_owner=sender == OWNER,
        recalled=said.recalled,
        raw=said.raw,
        chat_id_is_name=True,
        file=said.file,
    )
