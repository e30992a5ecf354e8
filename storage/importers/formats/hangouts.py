"""Google Hangouts' `Hangouts.json` of Google Takeout: all conversations in one file.

Written by Takeout until 2022, until about 2017 with `conversation_state` in the place of
`conversations`. Each event names whose export it is; a text stands there in segments.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from storage.importers.base import ImportedMessage, Program, Said
from storage.importers.file import ExportFile
from storage.importers.raw_files.json_stream import Begin
from storage.importers.record_fields import (
    BadRow,
    as_object,
    epoch_ms,
    needed,
    objects,
    part,
    text,
    word,
)
from storage.messages import Kind
from storage.texts import Text

NAME = "hangouts"
PLATFORM = "hangouts"
PROGRAMS = (
    Program(
        "Google Hangouts (Takeout)",
        "`Hangouts.json`, in both of its shapes",
        "in the file",
        versions="2013 to 2022",
        source="programs that read it",
    ),
)
LOOKS_FOR = ("conversations", "conversations.*.conversation", "conversations.*.events")

# (a conversation, what is known of it, its events) in each shape.
_SHAPES = (
    ("conversations.*", "conversations.*.conversation", "conversations.*.events.*"),
    (
        "conversation_state.*",
        "conversation_state.*.conversation_state.conversation",
        "conversation_state.*.conversation_state.event.*",
    ),
)
_MEDIA: tuple[tuple[str, Kind], ...] = (
    ("VIDEO", "video"),
    ("AUDIO", "voice"),
    ("STICKER", "sticker"),
    ("PHOTO", "image"),
    ("PLACE", "location"),
)
_WRITTEN = ("REGULAR_CHAT_MESSAGE", "SMS", "VOICEMAIL", "")


@dataclass(slots=True)
class _Conversation:
    """`fields` are the innermost `conversation`; `names` by id."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    id: str = ""

    def know(self, value: object) -> None:
        outer = value if isinstance(value, dict) else {}
        self.fields = part(outer, "conversation") or outer
        ids = part(outer, "conversation_id") or part(self.fields, "id")
        self.id = word(ids, "id")
        for one in objects(self.fields, "participant_data"):
            name = word(one, "fallback_name") or word(part(one, "phone_number"), "e164")
            self.names[_id(part(one, "id"))] = name

    @property
    def owner(self) -> str:
        state = part(part(self.fields, "self_conversation_state"), "self_read_state")
        return _id(part(state, "participant_id"))

    @property
    def name(self) -> str:
        others = [name or id_ for id_, name in self.names.items() if id_ != self.owner]
        return word(self.fields, "name") or ", ".join(others) or self.id

    @property
    def kind(self) -> str:
        type_ = word(self.fields, "type")
        is_group = type_ == "GROUP" or (not type_ and len(self.names) > 2)
        return "group" if is_group else "direct"


def recognizes(file: ExportFile) -> bool:
    return file.shape.has("conversations.*.conversation.conversation_id") or file.shape.has(
        "conversation_state.*.conversation_state"
    )


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    return file.each(_rows(file), lambda row: _message(*row))


def _rows(file: ExportFile) -> Iterator[tuple[int, tuple[Any, _Conversation]]]:
    chat = _Conversation()
    wanted = [place for _, known, events in _SHAPES for place in (known, events)]
    for where, line, value in file.json(*wanted):
        for begins, known, events in _SHAPES:
            if where == begins and isinstance(value, Begin):
                chat = _Conversation()
            elif where == known:
                chat.know(value)
            elif where == events:
                yield line, (value, chat)


def _message(row: object, chat: _Conversation) -> ImportedMessage:
    event = as_object(row)
    chat_id = chat.id or word(part(event, "conversation_id"), "id")
    if not chat_id:
        raise BadRow(Text("an event of a conversation without an id"))
    said = _said(event)
    sender = "" if said.of_platform else _id(part(event, "sender_id"))
    if not sender and not said.of_platform:
        needed(part(event, "sender_id"), "gaia_id")
    owner = _id(part(part(event, "self_event_state"), "user_id")) or chat.owner
    return ImportedMessage(
        chat_id=chat_id,
        chat_name=chat.name or chat_id,
        sender_id=sender,
        sender_name=chat.names.get(sender) or sender,
        sent_at=epoch_ms(event, "timestamp", per_second=1_000_000),
        text=said.words,
        kind=said.kind,
        from_owner=(sender == owner if owner else None) if sender else False,
        external_id=word(event, "event_id") or None,
        chat_kind=chat.kind,
        raw=said.raw,
    )


def _said(event: Mapping[str, Any]) -> Said:
    type_ = word(event, "event_type")
    if "hangout_event" in event:
        return Said("call", raw=word(part(event, "hangout_event"), "event_type") or None)
    if type_ not in _WRITTEN or "chat_message" not in event:
        return Said("system", type_, of_platform=True)
    content = part(part(event, "chat_message"), "message_content")
    words = "".join(_segment(one) for one in objects(content, "segment"))
    if type_ == "VOICEMAIL":  # its words are what a program heard
        return Said("voice", raw=words or None)
    for one in objects(content, "attachment"):
        return _attachment(part(one, "embed_item"), words)
    return Said("text", words) if words.strip() else Said("other")


def _segment(segment: Mapping[str, Any]) -> str:
    if word(segment, "type") == "LINE_BREAK":
        return "\n"
    return text(segment, "text")


def _attachment(item: Mapping[str, Any], words: str) -> Said:
    types = item.get("type")
    photo = part(item, "plus_photo")
    signs = [word(photo, "media_type"), *(types if isinstance(types, list) else [])]
    found = (kind for sign in signs for name, kind in _MEDIA if name in str(sign))
    kind: Kind = next(found, "file")
    if kind == "location":  # a program wrote its name and link
        return Said(kind, raw=words or None)
    return Said(kind, words, word(photo, "url") or None)


def _id(person: Mapping[str, Any]) -> str:
    return word(person, "gaia_id", "chat_id")
