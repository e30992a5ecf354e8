"""signalbackup-tools' CSV of Signal's table of messages.

Written by `signalbackup-tools --exportcsv message.csv message` from a backup of Signal for Android;
the columns are the database's. It holds the numbers of people and chats alone: their names are in
`recipient.csv`, `thread.csv` and `groups.csv`, the tables of these names exported beside it.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from storage.importers.base import ImportedMessage, Program, Said
from storage.importers.file import ExportFile
from storage.importers.record_fields import epoch_ms, needed, number, word
from storage.messages import Kind

NAME = "signalbackup-csv"
PLATFORM = "signal"
PROGRAMS = (
    Program(
        "signalbackup-tools",
        "CSV of the table `message` (`--exportcsv`)",
        "in the file",
        unsure="names are read from `recipient.csv`, `thread.csv` and `groups.csv` beside it; "
        "kinds of files are not in it",
        versions="of 2023 to 2026",
        source="its source",
    ),
)
LOOKS_FOR = ("_id", "date_sent", "thread_id", "from_recipient_id", "type", "body")

# Of `type`, the lowest five bits say what it is; the others mark what Signal itself wrote.
_BASE = 0x1F
_RECEIVED, _DRAFT = 20, 27
_SENT = frozenset({21, 22, 23, 24, 25, 26})
_CALLS = frozenset({1, 2, 3, 8, 10, 11, 12})
_OF_SIGNAL = 0xFF00 | 0x10000 | 0x20000 | 0x40000 | 0x400000 | 0xF00000000
_NAMES = ("nickname_joined_name", "system_joined_name", "profile_joined_name", "e164", "phone")


class _People(NamedTuple):
    """By their numbers: names of people and groups, chats that are groups, whom a chat is with."""

    names: Mapping[str, str]
    groups: frozenset[str]
    chats: Mapping[str, str]


def recognizes(file: ExportFile) -> bool:
    return file.columns >= set(LOOKS_FOR)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    people = _people(file)
    return file.each(file.records(LOOKS_FOR), lambda row: _message(row, people))


def _people(file: ExportFile) -> _People:
    recipients, titles = _rows(file, "recipient.csv"), _rows(file, "groups.csv")
    names = {row["_id"]: word(row, *_NAMES) for row in recipients}
    names |= {word(row, "recipient_id"): word(row, "title") for row in titles}
    chats = {row["_id"]: word(row, "recipient_id") for row in _rows(file, "thread.csv")}
    senders: dict[str, set[str]] = {}
    for _, row in file.records(LOOKS_FOR):
        if (number(row, "type") or 0) & _BASE == _RECEIVED:
            senders.setdefault(row["thread_id"], set()).add(row["from_recipient_id"])
    file.begin()
    groups = {row["_id"] for row in recipients if word(row, "group_id")}
    in_groups = {thread for thread, other in chats.items() if other in groups}
    in_groups |= {thread for thread, found in senders.items() if len(found) > 1}
    return _People(names, frozenset(in_groups), chats)


def _rows(file: ExportFile, name: str) -> list[dict[str, str]]:
    source = file.source.beside(name)
    return [row for _, row in file.part(source).records(("_id",))] if source else []


def _message(row: Mapping[str, str], people: _People) -> ImportedMessage | None:
    type_ = number(row, "type") or 0
    is_old = bool(word(row, "latest_revision_id"))  # a later one of the message is in the table
    said = _said(row, type_)
    if is_old or said is None:
        return None
    thread = needed(row, "thread_id")
    other = people.chats.get(thread, "")
    own = type_ & _BASE in _SENT
    sender = "" if said.of_platform else needed(row, "from_recipient_id")
    return ImportedMessage(
        chat_id=thread,
        chat_name=people.names.get(other) or f"Signal {thread}",
        sender_id=sender,
        sender_name=people.names.get(sender) or sender,
        sent_at=epoch_ms(row, "date_sent", 1000),
        text=said.words,
        kind=said.kind,
        from_owner=own and bool(sender),
        external_id=needed(row, "_id"),
        chat_kind="group" if thread in people.groups else "direct",
        recalled=said.recalled,
        edited=bool(word(row, "original_message_id")),
    )


def _said(row: Mapping[str, str], type_: int) -> Said | None:
    """None for a draft, and for what is no message."""
    words, base = row["body"], type_ & _BASE
    if base in _CALLS:
        return Said("call", of_platform=True)
    if base == _DRAFT:
        return None
    if (base not in _SENT and base != _RECEIVED) or type_ & _OF_SIGNAL:
        return Said("system", of_platform=True)
    if row.get("remote_deleted") == "1":
        return Said("system", recalled=True)
    kind: Kind = "contact" if word(row, "shared_contacts") else "other"
    return Said("text", words) if words.strip() else Said(kind)
