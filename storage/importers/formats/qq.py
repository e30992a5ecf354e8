"""QQChatExporter's JSON: one chat a file, or `manifest.json` with `chunks/*.jsonl` beside it.

Written by QQChatExporter V4 to V6. V4 wrote times as text, `messageId` and
`isRecalled`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import local_time_ms, zoned_ms
from storage.importers.file import ExportFile
from storage.importers.record_fields import as_object, epoch_ms, needed, number, objects, part, word
from storage.messages import Kind
from storage.texts import Text

NAME = "qq"
PLATFORM = "qq"
PROGRAMS = (
    Program(
        "QQChatExporter",
        "JSON, or `manifest.json` with `chunks/`; older versions too",
        "in the file",
        unsure="types of rarer elements",
        versions="V4 to V6",
        source="its source",
    ),
)

LOOKS_FOR = ("chatInfo", "chatInfo.name", "messages")

_ELEMENTS: dict[str, Kind] = {
    "image": "image",
    "video": "video",
    "audio": "voice",
    "voice": "voice",
    "ptt": "voice",
    "file": "file",
    "market_face": "sticker",
    "mface": "sticker",
    "location": "location",
    "json": "link",
    "xml": "link",
    "forward": "forward",
    "multi_forward": "forward",
    "contact": "contact",
    "wallet": "transfer",
}
_RESOURCES = "resources/"


def recognizes(file: ExportFile) -> bool:
    return file.shape.has("chatInfo", "chatInfo.name")


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    info = part(file.header("chatInfo"), "chatInfo")
    if not info:
        raise file.broken(1, Text("{name} is missing or blank", name="chatInfo"))
    yield from file.each(file.items("messages.*"), lambda row: _message(row, info))
    for source in file.source.files_in("chunks", ".jsonl"):
        chunk = file.part(source)
        yield from chunk.each(chunk.json_lines(), lambda row: _message(row, info))


def _message(row: object, info: Mapping[str, Any]) -> ImportedMessage:
    fields = as_object(row)
    sender = part(fields, "sender")
    system = fields.get("system") is True or word(fields, "type") == "system"
    id_ = "" if system else needed(sender, "uin", "uid")
    content = part(fields, "content")
    kind, said, raw, reply_to = _content(content, system)
    recalled = fields.get("recalled") is True or fields.get("isRecalled") is True
    chat = word(info, "peerUin", "peerUid") or needed(info, "name")
    return ImportedMessage(
        chat_id=chat,
        chat_name=word(info, "name") or chat,
        sender_id=id_,
        sender_name=word(sender, "remark", "groupCard", "name", "nickname") or id_,
        sent_at=_time(fields),
        text=said,
        kind=kind,
        from_owner=False if system else _from_owner(sender, info),
        external_id=word(fields, "id", "messageId") or None,
        chat_kind="group" if word(info, "type") == "group" else "direct",
        recalled=recalled,
        raw=raw,
        reply_to=reply_to,
        chat_id_is_name=not word(info, "peerUin", "peerUid"),
        file=_file(content),
    )


def _from_owner(sender: Mapping[str, Any], info: Mapping[str, Any]) -> bool | None:
    pairs = [
        (word(sender, "uid"), word(info, "selfUid")),
        (word(sender, "uin"), word(info, "selfUin")),
    ]
    known = [theirs == mine for theirs, mine in pairs if theirs and mine]
    return any(known) if known else None


def _time(fields: Mapping[str, Any]) -> int:
    if number(fields, "timestamp") is not None:
        return epoch_ms(fields, "timestamp", 1000)
    time = needed(fields, "timestamp", "time")
    return zoned_ms(time) if "T" in time else local_time_ms(time)


def _content(content: Mapping[str, Any], system: bool) -> tuple[Kind, str, str | None, str | None]:
    """(kind, the sender's own words, what was left out, the id of the message it answers)."""
    items = objects(content, "elements")
    whole = content.get("text") if isinstance(content.get("text"), str) else ""
    if system:
        return "system", whole or "", None, None
    own = [_words(item) for item in items]
    reply = next((part(item, "data") for item in items if word(item, "type") == "reply"), None)
    kind = next(
        (_ELEMENTS[word(item, "type")] for item in items if word(item, "type") in _ELEMENTS), None
    )
    words = "".join(own) if items else whole or ""
    raw = whole if whole and whole != words else None
    if kind and not "".join(own).strip():
        words = ""
    answered = word(reply, "referencedMessageId", "replyMsgId", "messageId") if reply else ""
    return kind or "text", words, raw, answered or None


def _file(content: Mapping[str, Any]) -> str:
    """Of the first thing that was sent: below `resources/`, of which some paths do without."""
    items = (part(item, "data") for item in objects(content, "elements"))
    for one in (*items, *objects(content, "resources")):
        url, path = word(one, "url"), word(one, "localPath")
        if url.startswith(_RESOURCES) or path.startswith(_RESOURCES):
            return url if url.startswith(_RESOURCES) else path
        if path:
            return f"{_RESOURCES}{path}"
    return ""


def _words(item: Mapping[str, Any]) -> str:
    """The text of an element of a message: words, a mention, a small face."""
    kind, data = word(item, "type"), part(item, "data")
    if kind in ("text", "at"):
        value = data.get("text") or data.get("name")
        return value if isinstance(value, str) else ""
    return f"[{word(data, 'name')}]" if kind == "face" and word(data, "name") else ""
