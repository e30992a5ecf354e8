"""WeFlow's and EchoTrace's JSON: one WeChat chat a file, `session` and `messages`.

Written by WeFlow (`exportJsonWriter.ts`), and by EchoTrace without the key `weflow`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from storage.importers.base import ImportedMessage, Program, content
from storage.importers.file import ExportFile
from storage.importers.file_kinds import path_alone
from storage.importers.programs.wechat_types import QUOTE_NAMES, is_group, is_recall, kind_named
from storage.importers.programs.wechat_words import says_recall
from storage.importers.programs.weflow_words import without_quote_behind
from storage.importers.record_fields import as_object, epoch_ms, flag, needed, part, text, word
from storage.texts import Text

NAME = "weflow"
PLATFORM = "wechat"
LOOKS_FOR = ("session", "session.wxid", "messages")
PROGRAMS = (
    Program(
        "WeFlow, EchoTrace",
        "JSON",
        "in the file",
        versions="2026",
        source="its source",
    ),
)


def recognizes(file: ExportFile) -> bool:
    return file.shape.has("session", "session.wxid")


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    session = part(file.header("session"), "session")
    chat = word(session, "wxid")
    if not chat:
        raise file.broken(1, Text("{name} is missing or blank", name="session.wxid"))
    name = word(session, "remark", "displayName", "nickname") or chat
    group = is_group(chat) or word(session, "type").startswith("群")

    def message(row: object) -> ImportedMessage:
        fields = as_object(row)
        type_name = word(fields, "type")
        kind = kind_named(type_name)
        system = kind == "system" or not word(fields, "senderUsername", "senderDisplayName")
        whole = text(fields, "content")
        is_answer = type_name.startswith(QUOTE_NAMES)
        said, raw = content(kind, without_quote_behind(whole) if is_answer else whole)
        sender = "" if system else needed(fields, "senderUsername", "senderDisplayName")
        return ImportedMessage(
            chat_id=chat,
            chat_name=name,
            sender_id=sender,
            sender_name=word(fields, "senderDisplayName") or sender,
            sent_at=epoch_ms(fields, "createTime"),
            text=said,
            kind="system" if system else kind,
            from_owner=not system and _from_owner(fields, "" if group else chat),
            chat_kind="group" if group else "direct",
            recalled=is_recall(type_name) or (system and says_recall(whole)),
            raw=word(fields, "quotedContent") or raw,
            reply_to=word(fields, "replyToMessageId") or None,
            file=path_alone(whole),
        )

    return file.each(file.items("messages.*"), message)


def _from_owner(fields: Mapping[str, Any], friend: str) -> bool:
    """isSend is null where WeFlow does not know; in a chat of two whoever is not the other is."""
    if fields.get("isSend") is None:
        return bool(friend) and word(fields, "senderUsername") not in ("", friend)
    return flag(fields, "isSend")
