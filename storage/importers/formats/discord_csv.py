"""DiscordChatExporter's CSV: one channel a file, without ids of messages and kinds.

Written by DiscordChatExporter 2 under a name such as `Direct Messages - Private - Ann [555].csv`;
older versions wrote dates in the owner's fashion, which are not read. The owner is not marked.
"""

import re
from collections.abc import Iterator, Mapping

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import zoned_ms
from storage.importers.file import ExportFile
from storage.importers.file_kinds import kind_of_file
from storage.importers.programs.markdown_quotes import without_quote_above
from storage.importers.record_fields import needed, word
from storage.messages import Kind

NAME = "discord-csv"
PLATFORM = "discord"
PROGRAMS = (
    Program(
        "DiscordChatExporter",
        "CSV with ISO dates",
        "`--me`: account or id",
        unsure="what the platform itself wrote is known by its wording alone",
        source="its source",
    ),
)
LOOKS_FOR = ("AuthorID", "Author", "Date", "Content", "Attachments", "Reactions")

# The program has its own words for Discord's lines, in English whatever the language of the chat.
_LINE = re.compile(
    r"Added (?:a recipient|[^\n]{1,100} to the group)\.|Left the group\."
    r"|Removed (?:a recipient|[^\n]{1,100} from the group)\.|Changed the channel icon\."
    r"|Changed the channel name(?:: [^\n]{1,200}|\.)|Pinned a message\.|Started a thread\."
    r"|Joined the server\.|A poll has closed\."
)
_CALL = re.compile(r"Started a call that lasted [\d,]{1,9} minutes\.")


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
        is_line = _LINE.fullmatch(said) is not None
        is_call = _CALL.fullmatch(said) is not None
        words, quote = (said, None) if is_line or is_call else without_quote_above(said)
        return ImportedMessage(
            chat_id=id_ if is_numbered else name,
            chat_name=name,
            sender_id="" if is_line else sender,
            sender_name=word(row, "Author") or sender,
            sent_at=zoned_ms(needed(row, "Date")),
            text="" if is_call else words,
            kind=_kind(attached, is_line, is_call),
            from_owner=False if is_line else None,
            external_id=word(row, "MessageID") or None,
            raw=said if is_call else attached or quote,
            chat_kind=kind,
            chat_id_is_name=not is_numbered,
            file=attached.partition(",")[0],
        )

    return file.each(file.records(LOOKS_FOR), message)


def _kind(attached: str, is_line: bool, is_call: bool) -> Kind:
    if is_line or is_call:
        return "system" if is_line else "call"
    return kind_of_file(attached.partition(",")[0]) if attached else "text"
