"""chatlog: JSON with all chats that were asked for, or CSV, which does not mark the owner.

Written by chatlog and its forks (`/api/v1/chatlog?format=json|csv`; `internal/model/message.go`,
read as of August 2025). In the CSV of WeChat 3 the owner's rows have no sender; in all of them
WeChat's own lines have the sender 系统消息, answers begin with the quoted lines behind `> `, and
what is no text is written as `[种类|标题](链接)`.
"""

import json
from collections.abc import Iterator, Mapping

from storage.importers.base import ImportedMessage, Program, content
from storage.importers.dates import local_time_ms, to_the_minute, zoned_ms
from storage.importers.file import ExportFile
from storage.importers.programs.chatlog_words import own_words
from storage.importers.programs.wechat_types import is_group, kind_of_type
from storage.importers.programs.wechat_words import says_recall
from storage.importers.record_fields import as_object, flag, needed, number, part, text, word

NAME = "chatlog"
PLATFORM = "wechat"
PROGRAMS = (
    Program(
        "chatlog",
        "JSON",
        "in the file",
        versions="of August 2025; WeChat 3 and 4",
        source="its source",
    ),
    Program(
        "chatlog",
        "CSV",
        "in chats of two: whoever is not the other; in groups `--me`",
        versions="of August 2025; WeChat 3 and 4",
        source="its source",
    ),
)

LOOKS_FOR = ("Time", "SenderName", "Sender", "TalkerName", "Talker", "Content")
COLUMNS = ("Time", "SenderName", "Sender", "TalkerName", "Talker", "Content")
_SYSTEM = 10000


def recognizes(file: ExportFile) -> bool:
    if file.shape.is_list_of_objects:
        return file.shape.has("*.talker", "*.sender", "*.isSelf")
    return file.columns >= set(COLUMNS)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    if file.shape.root == "[":
        return file.each(file.items("*"), _from_json)
    owner_is_blank = any(_is_blank(row) for _, row in file.records(COLUMNS))
    file.begin()
    file.note_local_times()
    return file.each(file.records(COLUMNS), lambda row: _from_csv(row, owner_is_blank))


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
        recalled=kind == "system" and says_recall(said),
        raw=json.dumps(quoted, ensure_ascii=False, default=str) if quoted else raw,
    )


def _is_blank(row: Mapping[str, str]) -> bool:
    return not row["Sender"].strip() and not row["SenderName"].strip()


def _from_csv(row: Mapping[str, str], owner_is_blank: bool) -> ImportedMessage:
    chat, time = needed(row, "Talker"), word(row, "Time")
    kind, said, raw = own_words(word(row, "Sender"), row["Content"])
    sender = "" if kind == "system" else word(row, "Sender", "SenderName") or "me"
    return ImportedMessage(
        chat_id=chat,
        chat_name=word(row, "TalkerName") or chat,
        sender_id=sender,
        sender_name=word(row, "SenderName") or sender,
        sent_at=zoned_ms(time) if "T" in time else local_time_ms(time),
        text=said,
        kind=kind,
        from_owner=_from_owner(row, owner_is_blank) if sender else False,
        chat_kind="group" if is_group(chat) else "direct",
        recalled=kind == "system" and says_recall(said),
        raw=raw,
        to_the_minute=to_the_minute(time),
    )


def _from_owner(row: Mapping[str, str], owner_is_blank: bool) -> bool | None:
    if _is_blank(row):
        return True
    if is_group(word(row, "Talker")):
        return False if owner_is_blank else None
    # In a chat of two, whoever is not the other is the owner.
    return word(row, "Sender") != word(row, "Talker")
