"""DiscordChatExporter's CSV: one channel a file, without ids of messages and kinds.

Written by DiscordChatExporter 2 under a name such as `Direct Messages - Private - Ann [555].csv`;
older versions wrote dates in the owner's fashion, which are not read. The owner is not marked.
"""

from collections.abc import Iterator, Mapping

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import zoned_ms
from storage.importers.file import ExportFile
from storage.importers.record_fields import needed, word

NAME = "discord-csv"
PLATFORM = "discord"
PROGRAMS = (
    Program(
        "DiscordChatExporter",
        "CSV with ISO dates",
        "`--me`: account or id",
        unsure="what the platform itself wrote is not marked in it",
        source="a public sample",
    ),
)
LOOKS_FOR = ("AuthorID", "Author", "Date", "Content", "Attachments", "Reactions")


def recognizes(file: ExportFile) -> bool:
    return file.columns >= set(LOOKS_FOR)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    authors = {row["AuthorID"] for _, row in file.records(LOOKS_FOR)}
    file.begin()
    place, _, number = file.called.stem.rpartition(" [")
    id_ = number.partition("]")[0]
    is_numbered = id_.isdecimal()
    name = place.rpartition(" - ")[2] if is_numbered else file.called.stem
    kind = "group" if len(authors) > 2 else "direct"

    def message(row: Mapping[str, str]) -> ImportedMessage:
        sender, said = needed(row, "AuthorID"), row["Content"]
        attached = word(row, "Attachments")
        return ImportedMessage(
            chat_id=id_ if is_numbered else name,
            chat_name=name,
            sender_id=sender,
            sender_name=word(row, "Author") or sender,
            sent_at=zoned_ms(needed(row, "Date")),
            text=said,
            kind="file" if attached else "text",
            raw=attached or None,
            chat_kind=kind,
            chat_id_is_name=not is_numbered,
        )

    return file.each(file.records(LOOKS_FOR), message)
