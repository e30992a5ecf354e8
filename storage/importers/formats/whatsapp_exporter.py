"""WhatsApp-Chat-Exporter's JSON, `result.json` or a file for each chat.

Written by KnugiHK's program (`--json`) from the database of an Android phone or an iPhone: chats by
their ids, in them messages by theirs. Line breaks are `<br>`; what is `meta` was not written by
anybody; where a file belongs to the message, `data` is its path.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from storage.importers.base import ImportedMessage, Program, Said
from storage.importers.file import ExportFile
from storage.importers.file_kinds import kind_of_media_type
from storage.importers.raw_files.json_stream import Begin
from storage.importers.record_fields import BadRow, as_object, in_range, shown, text, word
from storage.texts import Text

NAME = "whatsapp-exporter"
PLATFORM = "whatsapp"
PROGRAMS = (
    Program(
        "WhatsApp-Chat-Exporter",
        "JSON (`--json`)",
        "in the file",
        unsure="people in groups have no ids in it",
        versions="up to 0.13",
        source="its source",
    ),
)
LOOKS_FOR = ("messages", "from_me", "timestamp", "media", "data", "sender")

_CHAT, _MESSAGE = "?", "?.messages.?"
_FIELDS = ("timestamp", "time", "media", "data", "sender")
_OWNER = "You"
_UNKNOWN = "Unknown"  # in groups, whose number the phone no longer had
# No chats: the list of calls, and what people posted for everybody.
_CALLS, _STATUS = "000000000000000", "status@broadcast"
_DELETED, _PLACE = "Message deleted", "Location shared: "
_MISSED_CALL = re.compile(r"A (?:video|voice) call was missed")
_BREAK = re.compile(r" ?<br>")
_LONGEST = 10**12
_TRANSCRIBED = 2  # the type of voice messages, whose caption is what a program heard


class _Chat(NamedTuple):
    id: str = ""
    name: str = ""
    base: str = ""  # of the paths of its files, on iPhones

    @property
    def is_group(self) -> bool:
        return self.id.endswith("@g.us")


def recognizes(file: ExportFile) -> bool:
    marked = (place for place in file.shape.places if place.endswith(".from_me"))
    stems = (place.removesuffix("from_me") for place in marked if ".messages." in place)
    return any(file.shape.has(*(stem + name for name in _FIELDS)) for stem in stems)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    return file.each(_rows(file), lambda row: _message(*row))


def _rows(file: ExportFile) -> Iterator[tuple[int, tuple[str, object, _Chat]]]:
    chat, id_ = _Chat(), ""
    for where, line, value in file.json(f"{_CHAT}.name", f"{_CHAT}.media_base", _MESSAGE):
        if where == _CHAT and isinstance(value, Begin):
            chat = _Chat(value.key) if value.key else chat
        elif where == f"{_CHAT}.name":
            chat = chat._replace(name=value.strip() if isinstance(value, str) else "")
        elif where == f"{_CHAT}.media_base":
            chat = chat._replace(base=value if isinstance(value, str) else "")
        elif where == _MESSAGE and isinstance(value, Begin):
            id_ = value.key
        elif where == _MESSAGE and chat.id not in (_CALLS, _STATUS):
            yield line, (id_, value, chat)


def _message(id_: str, row: object, chat: _Chat) -> ImportedMessage | None:
    fields = as_object(row)
    said = _said(fields)
    if said is None:
        return None
    own = fields.get("from_me") is True
    number = chat.id.partition("@")[0]
    friend = word(fields, "sender") or _UNKNOWN if chat.is_group else chat.id
    sender = "" if said.of_platform else _OWNER if own else friend
    return ImportedMessage(
        chat_id=chat.id,
        chat_name=chat.name or number,
        sender_id=sender,
        sender_name=chat.name or number if sender == chat.id else sender,
        sent_at=_time_ms(fields.get("timestamp")),
        text=said.words,
        kind=said.kind,
        from_owner=own and bool(sender),
        external_id=word(fields, "key_id") or id_,
        chat_kind="group" if chat.is_group else "direct",
        recalled=said.recalled,
        raw=said.raw,
        reply_to=word(fields, "reply") or None,
        file=f"{chat.base}{said.file}" if said.file else "",
    )


def _said(fields: Mapping[str, Any]) -> Said | None:
    """None where nothing is left of the message, as of kinds that the program does not know."""
    data = _BREAK.sub("\n", text(fields, "data"))
    caption = _BREAK.sub("\n", text(fields, "caption"))
    if fields.get("message_type") == _TRANSCRIBED:
        caption = ""
    if fields.get("sticker") is True:
        return Said("sticker", raw=data or None, file=data)
    if fields.get("media") is True:
        media_type = word(fields, "mime")
        known = "/" in media_type
        kind = kind_of_media_type(media_type) if known else "other"
        return Said(kind, caption, data or None, file=data)
    if fields.get("meta") is True:
        return _of_nobody(data) if data else None
    return Said("text", data) if data else None


def _of_nobody(data: str) -> Said:
    if data == _DELETED:
        return Said("system", recalled=True)
    if data.startswith(_PLACE):
        return Said("location", raw=data)
    if _MISSED_CALL.fullmatch(data):
        return Said("call", raw=data)
    return Said("system", data, of_platform=True)


def _time_ms(value: object) -> int:
    """Of seconds with a fraction."""
    if isinstance(value, (int, float, Decimal)) and -_LONGEST < value < _LONGEST:
        milliseconds = round(value * 1000)
        if in_range(milliseconds):
            return milliseconds
    raise BadRow(
        Text("{name} {value} is not a time since 1970", name="timestamp", value=shown(value))
    )
