"""Slack's own export: a folder for each channel and in it a file for each day.

Written by Slack ("Export data", which only covers public channels on most plans), and in the same
shape by slackdump. People are ids, whose names stand in `users.json` above the folders; who a
direct chat is with stands in `dms.json`. The owner is not marked.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from storage.importers.base import ImportedMessage, Program
from storage.importers.file import ExportFile
from storage.importers.file_kinds import kind_of_media_type
from storage.importers.programs.markdown_quotes import without_quote_above
from storage.importers.record_fields import (
    BadRow,
    as_object,
    in_range,
    needed,
    objects,
    part,
    shown,
    text,
    word,
)
from storage.messages import Kind
from storage.texts import Text

NAME = "slack"
PLATFORM = "slack"
PROGRAMS = (
    Program(
        "Slack, slackdump",
        "the export's folder or .zip: JSON, a file a day",
        "`--me`: name, account or id",
        unsure="emoji stay names such as `:smile:`",
        source="public schemas and programs that read it",
    ),
)
LOOKS_FOR = ("type", "user", "text", "ts")

# What people wrote; every other subtype is a line of Slack.
_WRITTEN = ("", "thread_broadcast", "me_message", "file_share", "file_comment", "bot_message")
_BOT = "bot_message"
_CALLS = ("huddle_thread", "sh_room_created")
_DIRECT = re.compile(r"D[A-Z0-9]{6,20}")
# Until 2018: who did it, the file, and what they wrote about it.
_UPLOADED = re.compile(
    r"<@\w{1,20}(?:\|[^<>\n]{0,80})?> (?:uploaded|shared) a file: <[^<>\n]{1,2000}>"
    r"(?: and commented: (?P<said>.*))?",
    re.DOTALL,
)
_QUOTED = ">"  # with or without a blank behind it
_TS = re.compile(r"(\d{9,11})(?:\.(\d{1,9}))?")
_MARKUP = re.compile(r"<([@#!]?)([^<>|\n]{1,2000})(?:\|([^<>\n]{0,2000}))?>")


def recognizes(file: ExportFile) -> bool:
    shape = file.shape
    return shape.root == "[" and shape.has("*.type", "*.ts", "*.text")


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    people = _people(file)
    folder = file.called.parent.name or file.called.stem
    is_direct = _DIRECT.fullmatch(folder) is not None
    name = (_members(file, folder, people) if is_direct else "") or folder

    def message(row: object) -> ImportedMessage:
        return _message(as_object(row), people)._replace(
            chat_id=folder, chat_name=name, chat_kind="direct" if is_direct else "group"
        )

    return file.each(file.items("*"), message)


def _message(fields: Mapping[str, Any], people: Mapping[str, tuple[str, str]]) -> ImportedMessage:
    written = word(fields, "subtype") in _WRITTEN
    comment = part(fields, "comment")
    writer = word(fields, "user") or word(comment, "user")
    sender = (writer or word(fields, "bot_id", "username")) if written else ""
    if word(fields, "subtype") == _BOT:
        sender = sender or _BOT
    if written and not sender:
        raise BadRow(Text("{name} is missing or blank", name="user"))
    profile = part(fields, "user_profile")
    known = word(profile, "display_name", "real_name") or word(fields, "username") or sender
    name, account = people.get(sender, (known, word(profile, "name")))
    ts, thread = needed(fields, "ts"), word(fields, "thread_ts")
    kind, raw = _kind(fields)
    said = text(comment, "comment") if comment else text(fields, "text")
    uploaded = _UPLOADED.fullmatch(said) if word(fields, "subtype") == "file_share" else None
    said = _plain((uploaded["said"] or "") if uploaded else said, people)
    words, quote = without_quote_above(said, _QUOTED) if written else (said, None)
    return ImportedMessage(
        chat_id="",
        chat_name="",
        sender_id=sender,
        sender_name=name,
        sent_at=_time_ms(ts),
        text="" if kind in ("call", "forward") else words,
        kind=kind,
        from_owner=None if written else False,
        external_id=ts,
        raw=raw or quote,
        reply_to=thread if thread and thread != ts else None,
        account=account,
        edited="edited" in fields,
    )


def _kind(fields: Mapping[str, Any]) -> tuple[Kind, str | None]:
    subtype = word(fields, "subtype")
    if subtype not in _WRITTEN:
        return ("call" if subtype in _CALLS else "system"), subtype
    old = part(fields, "file") if subtype == "file_share" else {}
    for one in (*objects(fields, "files"), *([old] if old else [])):
        return kind_of_media_type(word(one, "mimetype")), word(one, "name", "title", "mode") or None
    shared = next((one for one in objects(fields, "attachments") if one.get("is_share")), None)
    quoted = word(shared, "text", "fallback") or None if shared else None
    return ("text" if word(fields, "text") or not shared else "forward"), quoted


def _plain(said: str, people: Mapping[str, tuple[str, str]]) -> str:
    """As people read it: Slack writes links and mentions in `<…>`, and `<` as `&lt;`."""

    def shown_as(match: re.Match[str]) -> str:
        sign, target, label = match.groups()
        if sign == "@":
            return f"@{people[target][0] if target in people else label or target}"
        if sign == "!":
            return label or f"@{target}"
        return f"#{label or target}" if sign == "#" else label or target

    plain = _MARKUP.sub(shown_as, said)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _people(file: ExportFile) -> dict[str, tuple[str, str]]:
    """(name, account) of everybody, by their id."""
    found = {}
    for one in _listed(file, "users.json"):
        profile, account = part(one, "profile"), word(one, "name")
        name = word(profile, "display_name", "real_name") or word(one, "real_name") or account
        if word(one, "id") and name:
            found[word(one, "id")] = (name, account)
    return found


def _members(file: ExportFile, folder: str, people: Mapping[str, tuple[str, str]]) -> str:
    """The names of both people of a direct chat."""
    for one in _listed(file, "dms.json"):
        if word(one, "id") == folder:
            members = one.get("members")
            ids = [str(id_) for id_ in members] if isinstance(members, list) else []
            return ", ".join(people[id_][0] if id_ in people else id_ for id_ in ids)
    return ""


def _listed(file: ExportFile, name: str) -> Iterator[Mapping[str, Any]]:
    source = file.source.above(name)
    if source is not None:
        yield from (row for _, row in file.part(source).items("*") if isinstance(row, dict))


def _time_ms(ts: str) -> int:
    match = _TS.fullmatch(ts)
    sent_at = int(match[1]) * 1000 + int((match[2] or "").ljust(3, "0")[:3]) if match else 0
    if not in_range(sent_at):
        raise BadRow(Text("{name} {value} is not a time since 1970", name="ts", value=shown(ts)))
    return sent_at
