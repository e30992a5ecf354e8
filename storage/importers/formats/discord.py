"""DiscordChatExporter's JSON: one channel a file. The owner is not marked.

Written by DiscordChatExporter 2; old files (2019) know no nicknames, new ones have
`forwardedMessage`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import zoned_ms
from storage.importers.file import ExportFile
from storage.importers.file_kinds import kind_of_file
from storage.importers.programs.markdown_quotes import without_quote_above
from storage.importers.record_fields import as_object, needed, objects, part, text, word
from storage.messages import Kind
from storage.texts import Text

NAME = "discord"
PLATFORM = "discord"
PROGRAMS = (
    Program(
        "DiscordChatExporter",
        "JSON",
        "`--me`: nickname, account or id",
        versions="2019 to 2025",
        source="its source",
    ),
)
LOOKS_FOR = ("guild", "channel", "channel.id", "messages")

_WRITTEN = ("Default", "Reply", "")


def recognizes(file: ExportFile) -> bool:
    return file.shape.has("guild", "channel", "channel.id")


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    header = file.header("guild", "channel")
    guild, channel = part(header, "guild"), part(header, "channel")
    chat = word(channel, "id")
    if not chat:
        raise file.broken(1, Text("{name} is missing or blank", name="channel.id"))
    direct = word(channel, "type").startswith("DirectTextChat") and word(guild, "id") in ("0", "")
    name = word(channel, "name") or chat

    def message(row: object) -> ImportedMessage:
        fields = as_object(row)
        author = part(fields, "author")
        written = word(fields, "type") in _WRITTEN
        sender = needed(author, "id")
        kind, raw, file = _kind(fields) if written else ("system", None, "")
        said, quote = text(fields, "content"), None
        if written:
            said, quote = without_quote_above(said)
        return ImportedMessage(
            chat_id=chat,
            chat_name=name,
            sender_id=sender if written else "",
            sender_name=word(author, "nickname", "name") or sender,
            account=word(author, "name"),
            edited=bool(word(fields, "timestampEdited")),
            sent_at=zoned_ms(needed(fields, "timestamp")),
            text=said,
            kind=kind,
            from_owner=None if written else False,
            external_id=word(fields, "id") or None,
            chat_kind="direct" if direct else "group",
            raw=raw or quote,
            reply_to=word(part(fields, "reference"), "messageId") or None,
            file=file,
        )

    return file.each(file.items("messages.*"), message)


def _kind(fields: Mapping[str, Any]) -> tuple[Kind, str | None, str]:
    """(kind, what it is called, its file). A picture with words under it stays a picture: the words
    alone would not make sense. With `--media` the address is the path of a file.
    """
    for item in objects(fields, "attachments"):
        name = word(item, "fileName", "url")
        return kind_of_file(name), name or None, word(item, "url")
    for item in objects(fields, "stickers"):
        return "sticker", word(item, "name") or None, word(item, "sourceUrl")
    if part(fields, "forwardedMessage"):
        return "forward", word(part(fields, "forwardedMessage"), "content") or None, ""
    return "text", None, ""
