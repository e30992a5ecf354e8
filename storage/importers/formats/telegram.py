"""Telegram Desktop's `result.json`: one chat, or the full export, which names the owner.

Written by Telegram Desktop since 2019 (`export_output_json.cpp`). In its first years people were
bare numbers (`"from_id": 200`), a chat of two had the number of the friend plus 2^32, and times
named no zone. A key that is there says what a message is, also where its value is null.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import local_time_ms
from storage.importers.file import ExportFile
from storage.importers.raw_files.json_stream import Begin
from storage.importers.record_fields import BadRow, as_object, epoch_ms, needed, number, part, word
from storage.messages import Kind
from storage.texts import Text

NAME = "telegram"
PLATFORM = "telegram"
PROGRAMS = (
    Program(
        "Telegram Desktop",
        "`result.json`, one chat",
        "`--me`",
        versions="since 2019",
        source="its source",
    ),
    Program(
        "Telegram Desktop",
        "`result.json`, everything",
        "in the file",
        versions="since 2019",
        source="its source",
    ),
)

LOOKS_FOR = ("messages", "name", "type", "id", "messages.*.from_id")

_FULL = ("chats.list.*", "left_chats.list.*")
_OLD_DIRECT = 2**32
_MEDIA: dict[str, Kind] = {
    "sticker": "sticker",
    "voice_message": "voice",
    "video_message": "video",
    "video_file": "video",
    "animation": "sticker",
    "audio_file": "file",
}
# Fields that are there only in messages that hold such a thing.
_FIELDS: tuple[tuple[str, Kind], ...] = (
    ("photo", "image"),
    ("location_information", "location"),
    ("contact_information", "contact"),
    ("file", "file"),
    ("poll", "other"),
    ("game_title", "other"),
    ("invoice_information", "transfer"),
    ("giveaway_information", "other"),
)
_FORWARDED = ("forwarded_from", "forwarded_from_id")
_DIRECT = ("personal_chat", "bot_chat", "private_chat", "")


@dataclass(slots=True)
class _TelegramChat:
    owner: str
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return word(self.fields, "id")


def recognizes(file: ExportFile) -> bool:
    shape = file.shape
    if shape.root != "{" or "chatlab" in shape.keys:
        return False
    return shape.has("messages.*.from_id") or (
        shape.has("messages", "type", "id")
        or bool({"personal_information", "chats"} & shape.keys and shape.has("about"))
        or shape.has("chats", "chats.list")
    )


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    if "date_unixtime" not in file.head:
        file.note_local_times()  # an old version
    return file.each(_rows(file), lambda row: _message(*row))


def _rows(file: ExportFile) -> Iterator[tuple[int, tuple[Any, _TelegramChat]]]:
    """The messages, each with the chat whose fields have gone before it."""
    # It stands first, so a single chat, which lacks it, need not be read to its end.
    named = "personal_information" in file.shape.keys
    user = part(file.header("personal_information"), "personal_information") if named else {}
    owner = f"user{number(user, 'user_id')}" if number(user, "user_id") else ""
    chat = _TelegramChat(owner)
    names = ("name", "type", "id")
    below = ("", *(f"{place}." for place in _FULL))
    wanted = [f"{place}{name}" for place in below for name in (*names, "messages.*")]
    for where, line, value in file.json(*wanted):
        name = where.partition(".list.*.")[2] or where
        if name == "messages.*":
            yield line, (value, chat)
        elif where in _FULL and isinstance(value, Begin):
            chat = _TelegramChat(owner)
        elif name in names:
            chat.fields[name] = value


def _message(row: object, chat: _TelegramChat) -> ImportedMessage | None:
    fields = as_object(row)
    if word(fields, "type") == "unsupported":
        return None  # newer than the program: nothing of it but its number is there
    if not chat.id:
        raise BadRow(Text("a message of a chat without an id"))
    service = word(fields, "type") == "service"
    number_of = fields.get("from_id")
    old = isinstance(number_of, int) and not isinstance(number_of, bool)
    sender = word(fields, "actor_id", "from_id") if service else needed(fields, "from_id")
    sender = f"user{sender}" if old and not service else sender
    # A deleted account has an id and no name.
    name = word(fields, "actor", "from") or sender
    kind, said, raw = _content(fields, service)
    id_ = _chat_id(chat, old)
    return ImportedMessage(
        chat_id=id_,
        chat_name=word(chat.fields, "name") or ("Saved Messages" if _is_self(chat) else id_),
        sender_id="" if service else sender,
        sender_name=name,
        sent_at=_time(fields),
        text=said,
        kind=kind,
        from_owner=False if service else sender == chat.owner if chat.owner else None,
        external_id=word(fields, "id") or None,
        chat_kind=_chat_kind(chat),
        raw=raw,
        reply_to=word(fields, "reply_to_message_id") or None,
        account=sender.removeprefix("user"),
        edited=_is_edited(fields),
        file=_file(fields),
    )


def _chat_id(chat: _TelegramChat, old: bool) -> str:
    """As new versions write it: an export of each version is of one chat."""
    if not old or word(chat.fields, "type") != "personal_chat":
        return chat.id
    id_ = number(chat.fields, "id") or 0
    return str(id_ - _OLD_DIRECT) if id_ > _OLD_DIRECT else chat.id


def _content(fields: Mapping[str, Any], service: bool) -> tuple[Kind, str, str | None]:
    said = _plain(fields.get("text"))
    if service:
        action = word(fields, "action")
        if action in ("phone_call", "group_call"):
            return "call", "", action
        return "system", said or action, None
    if any(key in fields for key in _FORWARDED):
        return "forward", said, word(fields, "forwarded_from") or None
    media = word(fields, "media_type")
    if media:
        return _MEDIA.get(media, "file"), said, word(fields, "sticker_emoji", "file_name") or None
    found = next((kind for name, kind in _FIELDS if name in fields), None)
    if found:
        more = part(fields, "location_information") or part(fields, "contact_information")
        return found, said, json.dumps(more, default=str) if more else None
    return "text", said, None


def _file(fields: Mapping[str, Any]) -> str:
    """Its path; for what was left out, a sentence in brackets stands there."""
    path = word(fields, "file", "photo")
    return "" if path.startswith("(") and path.endswith(")") else path


def _plain(text: object) -> str:
    """The text is a string, or a list of strings and of objects such as a link with its text."""
    pieces = text if isinstance(text, list) else [text]
    found = [piece.get("text") if isinstance(piece, dict) else piece for piece in pieces]
    return "".join(piece for piece in found if isinstance(piece, str))


def _time(fields: Mapping[str, Any]) -> int:
    if fields.get("date_unixtime") is not None:
        return epoch_ms(fields, "date_unixtime")
    return local_time_ms(needed(fields, "date"))


def _is_edited(fields: Mapping[str, Any]) -> bool:
    # Old versions wrote 1970 for what was not edited.
    return "edited" in fields and not word(fields, "edited").startswith("1970-01-01")


def _is_self(chat: _TelegramChat) -> bool:
    return word(chat.fields, "type") == "saved_messages"


def _chat_kind(chat: _TelegramChat) -> str:
    if _is_self(chat):
        return "self"
    return "direct" if word(chat.fields, "type") in _DIRECT else "group"
