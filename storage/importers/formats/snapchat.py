"""Snapchat's `chat_history.json` and `snap_history.json` of "My Data", the newest message first.

Chats are keys, by the other's account or the group's id; until 2022 the keys were "Received Saved
Chat History", "Sent Saved Chat History" and so on, and rows had `Text`. Only what somebody saved is
in it. `Created(microseconds)` counts milliseconds. Names are in `friends.json` beside.
"""

import html
from collections.abc import Iterator, Mapping
from typing import Any

from storage.importers.base import ImportedMessage, Program, Said
from storage.importers.dates import zoned_ms
from storage.importers.file import ExportFile
from storage.importers.raw_files.json_stream import Begin
from storage.importers.record_fields import as_object, epoch_ms, needed, number, text, word
from storage.messages import Kind

NAME = "snapchat"
PLATFORM = "snapchat"
PROGRAMS = (
    Program(
        "Snapchat (My Data)",
        "JSON, `chat_history.json`, `snap_history.json`",
        "in the file",
        unsure="it holds what was saved, and no pictures",
        versions="2021 to 2026",
        source="public schemas and programs that read it",
    ),
)
LOOKS_FOR = ("From", "Media Type", "Created", "Content", "IsSender")

_CHAT = "?"
_SENT, _RECEIVED, _HISTORY = "Sent ", "Received ", " History"
_OWNER = "You"  # in the rows that say only to whom they were sent
_KINDS: dict[str, Kind] = {
    "TEXT": "text",
    "IMAGE": "image",
    "PHOTO": "image",
    "VIDEO": "video",
    "NOTE": "voice",
    "STICKER": "sticker",
    "SHARE": "link",
    "SHARESAVEDSTORY": "link",
    "LOCATION": "location",
    "MAPREACTION": "location",
}
_COUNTED = "Created(microseconds)"
_MICROSECONDS = 10**14  # in milliseconds, that is the year 5138


def recognizes(file: ExportFile) -> bool:
    marked = (place for place in file.shape.places if place.endswith(".*.Media Type"))
    stems = [place.removesuffix("Media Type") for place in marked]
    return any(
        file.shape.has(stem + "Created") and bool(file.shape.places & {stem + "From", stem + "To"})
        for stem in stems
    )


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    names = _names(file)
    return file.each(_rows(file), lambda row: _message(*row, names))


def _rows(file: ExportFile) -> Iterator[tuple[int, tuple[str, object]]]:
    key = ""
    for where, line, value in file.json(f"{_CHAT}.*"):
        if where == _CHAT and isinstance(value, Begin):
            key = value.key or key
        elif where == f"{_CHAT}.*":
            yield line, (key, value)


def _names(file: ExportFile) -> dict[str, str]:
    """The names that people go by, by their accounts."""
    source = file.source.beside("friends.json")
    if source is None:
        return {}
    friends = (row for _, row in file.part(source).items("Friends.*") if isinstance(row, dict))
    return {word(one, "Username"): word(one, "Display Name") for one in friends}


def _message(key: str, row: object, names: Mapping[str, str]) -> ImportedMessage | None:
    fields = as_object(row)
    said = _said(fields)
    if said is None:
        return None
    is_old = key.endswith(_HISTORY) and key.startswith((_SENT, _RECEIVED))
    own = key.startswith(_SENT) if is_old else fields.get("IsSender") is True
    sender = word(fields, "From") or _OWNER if own else needed(fields, "From")
    chat = (word(fields, "To") if own else sender) if is_old else key
    title = word(fields, "Conversation Title")
    return ImportedMessage(
        chat_id=chat or needed(fields, "To"),
        chat_name=title or names.get(chat) or chat,
        sender_id="" if said.of_platform else sender,
        sender_name="" if said.of_platform else names.get(sender) or sender,
        sent_at=_time_ms(fields),
        text=said.words,
        kind=said.kind,
        from_owner=own and not said.of_platform,
        chat_kind="group" if title else "direct",
        recalled=said.recalled,
        raw=said.raw,
    )


def _said(fields: Mapping[str, Any]) -> Said | None:
    """None for a text that was not saved, of which only the time is left."""
    type_ = word(fields, "Media Type").upper()
    words = text(fields, "Content") or html.unescape(text(fields, "Text"))
    if type_.startswith("STATUSERASED"):
        return Said("system", recalled=True)
    if type_.startswith("STATUSCALL"):
        return Said("call", raw=type_)
    if type_.startswith("STATUS"):
        return Said("system", words or type_, of_platform=True)
    kind = _KINDS.get(type_, "other")
    if kind == "text":
        return Said(kind, words) if words.strip() else None
    # A share's text is the title of what was shared; what a program answers is nobody's.
    is_caption = kind in ("image", "video") or type_ == "MEDIA"
    return Said(kind, words if is_caption else "", None if is_caption else words or None)


def _time_ms(fields: Mapping[str, Any]) -> int:
    counted = number(fields, _COUNTED)
    if counted:
        return epoch_ms(fields, _COUNTED, 1000 if counted < _MICROSECONDS else 1_000_000)
    return zoned_ms(needed(fields, "Created").replace(" UTC", "+00:00"))
