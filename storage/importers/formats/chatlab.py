"""ChatLab's exchange format, JSON or JSONL, which many exporters write.

Written by ChatLab and by WeFlow, in the format's versions 0.0.1 and 0.0.2.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from storage.importers.base import ImportedMessage, Program, content
from storage.importers.file import ExportFile
from storage.importers.file_kinds import path_alone
from storage.importers.programs.wechat_words import says_recall
from storage.importers.record_fields import as_object, epoch_ms, needed, number, part, text, word
from storage.messages import Kind

NAME = "chatlab"
PLATFORM = "import"
PROGRAMS = (
    Program(
        "ChatLab",
        "JSON, JSONL",
        "`ownerId`, otherwise `--me`",
        source="its description 0.0.2 and its source",
    ),
)

LOOKS_FOR = ("chatlab", "meta", "messages")

_KINDS: dict[int, Kind] = {
    0: "text",
    1: "image",
    2: "voice",
    3: "video",
    4: "file",
    5: "sticker",
    7: "link",
    8: "location",
    20: "transfer",
    21: "transfer",
    22: "system",
    23: "call",
    24: "link",
    25: "text",  # an answer
    26: "forward",
    27: "contact",
    80: "system",
    81: "system",
}
_RECALL = 81
_PLATFORM = 80  # what the platform itself says, under a sender that is nobody
_PLATFORMS = ("wechat", "qq", "telegram", "discord", "whatsapp", "line", "imessage")


@dataclass(frozen=True, slots=True)
class _ChatlabChat:
    id: str
    name: str
    platform: str
    owner: str
    group: bool
    by_name: bool


def recognizes(file: ExportFile) -> bool:
    return file.shape.has("chatlab", "meta") or file.shape.has("chatlab", "_type")


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    if "_type" in file.shape.keys:
        return file.each(_lines(file), _builder(_chat(_jsonl_meta(file), file)))
    meta = part(file.header("meta"), "meta")
    return file.each(file.items("messages.*"), _builder(_chat(meta, file)))


def _chat(meta: Any, file: ExportFile) -> _ChatlabChat:
    name = word(meta, "name") or file.called.stem
    id_ = word(meta, "groupId")
    platform = word(meta, "platform").lower()
    return _ChatlabChat(
        id=id_ or name,
        name=name,
        # Another name must not bring messages into the chats of a connector of ours.
        platform=platform if platform in _PLATFORMS else PLATFORM,
        owner=word(meta, "ownerId"),
        group=word(meta, "type") == "group",
        by_name=not id_,
    )


def _builder(chat: _ChatlabChat) -> Callable[[object], ImportedMessage]:
    def message(row: object) -> ImportedMessage:
        fields = as_object(row)
        type_number = number(fields, "type")
        kind = _KINDS.get(-1 if type_number is None else type_number, "other")
        said, raw = content(kind, text(fields, "content"))
        sender = word(fields, "sender") if kind == "system" else needed(fields, "sender")
        sender = "" if type_number == _PLATFORM else sender
        from_owner = sender == chat.owner if chat.owner and sender else None
        return ImportedMessage(
            chat_id=chat.id,
            chat_name=chat.name,
            sender_id=sender,
            sender_name=word(fields, "groupNickname", "accountName") or sender,
            sent_at=epoch_ms(fields, "timestamp"),
            text=said,
            kind=kind,
            from_owner=from_owner if sender else False,
            external_id=word(fields, "platformMessageId") or None,
            chat_kind="group" if chat.group else "direct",
            recalled=type_number == _RECALL or (kind == "system" and says_recall(said)),
            raw=raw,
            reply_to=word(fields, "replyToMessageId") or None,
            chat_id_is_name=chat.by_name,
            platform=chat.platform,
            file=path_alone(text(fields, "content")),
        )

    return message


def _jsonl_meta(file: ExportFile) -> Any:
    for _, line in file.lines():
        with suppress(ValueError, RecursionError):
            row = json.loads(line)
            if isinstance(row, dict) and row.get("_type") == "header":
                return part(row, "meta")
        break  # the header is the first line
    return {}


def _lines(file: ExportFile) -> Iterator[tuple[int, Any]]:
    for line, row in file.json_lines():
        kind = row.get("_type") if isinstance(row, dict) else None
        if kind not in ("header", "member"):
            yield line, row
