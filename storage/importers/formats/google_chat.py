"""Google Chat's `messages.json` of Google Takeout: a folder for each direct chat and space.

Written by Takeout since 2020. Times are English prose with a zone, in two orders; members and the
space's name stand in `group_info.json` beside it, whose Takeout it is in `Users/User …/` two
folders above. People are known by their address.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import clock, zoned_ms
from storage.importers.file import ExportFile
from storage.importers.file_kinds import kind_of_file
from storage.importers.record_fields import (
    BadRow,
    as_object,
    needed,
    objects,
    part,
    shown,
    text,
    word,
)
from storage.messages import Kind
from storage.texts import Text

NAME = "google-chat"
PLATFORM = "google-chat"
PROGRAMS = (
    Program(
        "Google Chat (Takeout)",
        "`messages.json` of each group",
        "in the whole Takeout; of a single file `--me`",
        unsure="times of accounts in languages other than English are not read",
        source="programs that read it",
    ),
)
LOOKS_FOR = ("messages", "messages.*.creator", "messages.*.created_date", "messages.*.topic_id")

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_CLOCK = r"(?P<clock>\d{1,2}:\d{2}:\d{2}(?:\s[AP]M)?)\s(?:UTC|GMT)"
_DAY = r"(?:[A-Z][a-z]{4,9}, )?"
_TIMES = (
    re.compile(rf"{_DAY}(?P<month>[A-Z][a-z]+) (?P<day>\d{{1,2}}), (?P<year>\d{{4}}) at {_CLOCK}"),
    re.compile(rf"{_DAY}(?P<day>\d{{1,2}}) (?P<month>[A-Z][a-z]+) (?P<year>\d{{4}}) at {_CLOCK}"),
)
_SPACES = re.compile(r"[\u202f\u00a0]")
_GROUP = re.compile(r"(?:DM|Space) (?P<id>\S+)")
_GONE = "Deleted user"  # whose name and address Google no longer writes
_CALLS = ("video_call_metadata", "call_data", "meet_metadata")


def recognizes(file: ExportFile) -> bool:
    return file.shape.has("messages", "messages.*.creator", "messages.*.created_date")


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    folder = file.called.parent.name or file.called.stem
    beside = file.source.beside("group_info.json")
    info = file.part(beside).header("name", "members") if beside else {}
    members = objects(info, "members")
    owner = _owner(file)
    others = [one for one in members if word(one, "email") != owner] or members
    names = ", ".join(filter(None, (word(one, "name", "email") for one in others)))
    name = word(info, "name") or names or folder
    group = _GROUP.fullmatch(folder)
    is_direct = folder.startswith("DM ") and len(members) <= 2

    def message(row: object) -> ImportedMessage:
        made = _message(as_object(row))
        return made._replace(
            chat_id=group["id"] if group else folder,
            chat_name=name,
            chat_kind="direct" if is_direct else "group",
            from_owner=made.sender_id == owner if owner else None,
        )

    return file.each(file.items("messages.*"), message)


def _owner(file: ExportFile) -> str:
    """The address of whoever took it out; "" where that is not to be found."""
    found = file.source.files_above(2, "Users/*/user_info.json")
    user = part(file.part(found[0]).header("user"), "user") if len(found) == 1 else {}
    return word(user, "email")


def _message(fields: Mapping[str, Any]) -> ImportedMessage:
    creator, quote = part(fields, "creator"), part(fields, "quoted_message_metadata")
    sender = word(creator, "email", "name") or _GONE
    recalled = word(fields, "message_state") == "DELETED" or "deletion_metadata" in fields
    said = "" if recalled else text(fields, "text")
    kind, raw = ("system", None) if recalled else _kind(fields, said)
    return ImportedMessage(
        chat_id="",
        chat_name="",
        sender_id=sender,
        sender_name=word(creator, "name") or sender,
        sent_at=_time_ms(needed(fields, "created_date")),
        text=said,
        kind=kind,
        external_id=word(fields, "message_id") or None,
        recalled=recalled,
        raw=raw or word(quote, "text") or None,
        reply_to=word(quote, "message_id") or None,
        edited="updated_date" in fields,
        file=next((word(one, "export_name") for one in objects(fields, "attached_files")), ""),
    )


def _kind(fields: Mapping[str, Any], said: str) -> tuple[Kind, str | None]:
    for one in objects(fields, "attached_files"):
        name = word(one, "original_name", "export_name")
        return kind_of_file(name), name or None
    if said.strip():
        return "text", None
    marks = [key for one in objects(fields, "annotations") for key in one]
    return ("call" if any(mark in _CALLS for mark in marks) else "other"), None


def _time_ms(written: str) -> int:
    """Of `Monday, May 1, 2023 at 10:00:00 AM UTC`, and of `Monday, 1 May 2023 at 10:00:00 UTC`."""
    plain = _SPACES.sub(" ", written.strip())
    match = next(filter(None, (form.fullmatch(plain) for form in _TIMES)), None)
    if match is None or match["month"].lower() not in _MONTHS:
        raise BadRow(Text("created_date {value} is not a time in English", value=shown(written)))
    month = _MONTHS.index(match["month"].lower()) + 1
    hour, minute, second = clock(match["clock"])
    day = f"{match['year']}-{month:02}-{int(match['day']):02}"
    return zoned_ms(f"{day}T{hour:02}:{minute:02}:{second:02}+00:00")
