"""Discord's own data package: `messages/c123/messages.json` or `.csv`, your messages only.

Written by Discord ("Request all of my data"); until about 2023 as CSV. It holds nobody else's
words, so nothing that yours answer: alone it teaches nothing. It completes what DiscordChatExporter
brought of the same channel. Names of channels stand in `channel.json` beside it and in `index.json`
above it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import zoned_ms
from storage.importers.file import ExportFile
from storage.importers.file_kinds import kind_of_file
from storage.importers.raw_files.source import Source
from storage.importers.record_fields import as_object, needed, text, word

NAME = "discord-package"
PLATFORM = "discord"
PROGRAMS = (
    Program(
        "Discord's data package",
        "`messages.json`, or CSV, of each channel",
        "all messages are yours",
        unsure="nobody else's messages are in it: alone it teaches nothing",
        source="programs that read it",
    ),
)
LOOKS_FOR = ("ID", "Timestamp", "Contents", "Attachments")

_FIELDS = ("ID", "Timestamp", "Contents")
_YOU = "You"
_DIRECT = ("1", "DM")
_FOLDER = re.compile(r"c?(?P<id>\d{1,20})")
_ZONE = re.compile(r"(?:[+-]\d{2}:\d{2}|Z)$")
_EMOJI = re.compile(r"<a?(:\w{1,32}:)\d{1,20}>")
_FRIEND = re.compile(r"Direct Message with (?P<name>.+?)(?:#\d{1,4})?")


def recognizes(file: ExportFile) -> bool:
    return file.shape.has(*(f"*.{name}" for name in _FIELDS)) or file.columns >= set(LOOKS_FOR)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    channel = _object(file, file.source.beside("channel.json"), ("id", "type", "name"))
    found = _FOLDER.fullmatch(file.called.parent.name)
    id_ = word(channel, "id") or (found["id"] if found else file.called.stem)
    name, is_friend = _name(file, channel, id_)
    is_direct = is_friend or word(channel, "type") in _DIRECT

    def message(row: object) -> ImportedMessage:
        fields = as_object(row)
        attached = word(fields, "Attachments")
        return ImportedMessage(
            chat_id=id_,
            chat_name=name,
            sender_id=_YOU,
            sender_name=_YOU,
            sent_at=_time_ms(needed(fields, "Timestamp")),
            # As DiscordChatExporter writes an emoji of a server.
            text=_EMOJI.sub(r"\1", text(fields, "Contents")),
            kind=kind_of_file(attached.split()[0]) if attached else "text",
            from_owner=True,
            external_id=word(fields, "ID") or None,
            chat_kind="direct" if is_direct else "group",
            raw=attached or None,
        )

    if file.shape.root == "[":
        return file.each(file.items("*"), message)
    return file.each(file.records(_FIELDS), message)


def _name(file: ExportFile, channel: Mapping[str, Any], id_: str) -> tuple[str, bool]:
    """(the channel's name, whether it is a friend's)."""
    if word(channel, "name"):
        return word(channel, "name"), False
    listed = word(_object(file, file.source.above("index.json"), (id_,)), id_)
    friend = _FRIEND.fullmatch(listed)
    return (friend["name"], True) if friend else (listed or id_, False)


def _object(file: ExportFile, source: Source | None, names: tuple[str, ...]) -> Mapping[str, Any]:
    return file.part(source).header(*names) if source else {}


def _time_ms(written: str) -> int:
    """Without a zone it is UTC."""
    return zoned_ms(written if _ZONE.search(written) else f"{written}+00:00")
