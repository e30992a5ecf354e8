"""chatlog: JSON with all chats that were asked for, or CSV, which does not mark the owner."""

import json
from collections.abc import Iterator, Mapping

from storage.importers.base import ImportedMessage, Program, content
from storage.importers.dates import local_time_ms, to_the_minute, zoned_ms
from storage.importers.file import ExportFile
from storage.importers.record_fields import as_object, flag, needed, number, part, text, word
from storage.importers.wechat_types import is_group, kind_of_type

NAME = "chatlog"
PLATFORM = "wechat"
PROGRAMS = (
    Program("chatlog", "JSON", "in the file"),
    Program("chatlog", "CSV", "in chats of two: whoever is not the other; in groups `--me`"),
)

COLUMNS = ("Time", "SenderName", "Sender", "TalkerName", "Talker", "Content")
_SYSTEM = 10000
_PLACEHOLDERS = {
    "图片": "image",
    "语音": "voice",
    "视频": "video",
    "动画表情": "sticker",
    "文件": "file",
    "链接": "link",
    "合并转发": "forward",
    "转账": "transfer",
    "红包": "transfer",
    "位置": "location",
    "名片": "contact",
    "语音通话": "call",
}


def recognizes(file: ExportFile) -> bool:
    if file.shape.is_list_of_objects:
        return file.shape.has("*.talker", "*.sender", "*.isSelf")
    return file.columns >= set(COLUMNS)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    if file.shape.root == "[":
        return file.each(file.items("*"), _from_json)
    file.note_local_times()
    return file.each(file.records(COLUMNS), _from_csv)


def _from_json(row: object) -> ImportedMessage:
    fields = as_object(row)
    chat, type_number = needed(fields, "talker"), number(fields, "type")
    kind = kind_of_type(type_number, number(fields, "subType"))
    said, raw = content(kind, text(fields, "content"))
    sender = "" if type_number == _SYSTEM else word(fields, "sender") or chat
    quoted = part(part(fields, "contents"), "refer")
    return ImportedMessage(
        chat_id=chat,
        chat_name=word(fields, "talkerName") or chat,
        sender_id=sender,
        sender_name=word(fields, "senderName") or sender,
        sent_at=zoned_ms(needed(fields, "time")),
        text=said,
        kind=kind,
        from_owner=flag(fields, "isSelf") and bool(sender),
        chat_kind="group" if is_group(chat) or fields.get("isChatRoom") is True else "direct",
        raw=json.dumps(quoted, ensure_ascii=False, default=str) if quoted else raw,
    )


def _from_csv(row: Mapping[str, str]) -> ImportedMessage:
    chat, sender, time = needed(row, "Talker"), word(row, "Sender"), word(row, "Time")
    kind = _kind_of_placeholder(row["Content"])
    said, raw = content(kind, row["Content"])
    return ImportedMessage(
        chat_id=chat,
        chat_name=word(row, "TalkerName") or chat,
        sender_id=sender,
        sender_name=word(row, "SenderName") or sender,
        sent_at=zoned_ms(time) if "T" in time else local_time_ms(time),
        text=said,
        kind=kind,
        # In a chat of two, whoever is not the other is the owner.
        from_owner=None if is_group(chat) and sender else bool(sender) and sender != chat,
        chat_kind="group" if is_group(chat) else "direct",
        raw=raw,
        to_the_minute=to_the_minute(time),
    )


def _kind_of_placeholder(said: str) -> str:
    """`![图片](http://…)` or `[动画表情]` stand for what is no text."""
    inner = said.removeprefix("!")
    if not inner.startswith("["):
        return "text"
    name = inner[1:].partition("]")[0].partition("|")[0]
    rest = inner[1:].partition("]")[2]
    return _PLACEHOLDERS.get(name, "text") if not rest or rest.startswith("(") else "text"
