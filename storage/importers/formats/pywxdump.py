"""PyWxDump: `{wxid}_{i}_{j}.csv` or the same rows as JSON; names in `users.json` beside.

Written by PyWxDump 2.4.23 to 3.1 and its forks.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from storage.importers.base import ImportedMessage, Program, content
from storage.importers.dates import local_time_ms, to_the_minute
from storage.importers.file import ExportFile
from storage.importers.programs.wechat_types import (
    QUOTE_NAMES,
    is_group,
    is_recall,
    kind_named,
    server_id,
)
from storage.importers.programs.wechat_words import says_recall
from storage.importers.record_fields import as_object, flag, text, word

NAME = "pywxdump"
PLATFORM = "wechat"
PROGRAMS = (
    Program(
        "PyWxDump",
        "CSV, JSON; `users.json` beside gives names",
        "in the file",
        versions="2.4.23 to 3.1",
        source="its source",
    ),
)

LOOKS_FOR = ("MsgSvrID", "type_name", "is_sender", "talker", "room_name", "msg", "CreateTime")
COLUMNS = (
    *("id", "MsgSvrID", "type_name", "is_sender", "talker"),
    *("room_name", "msg", "src", "CreateTime"),
)
_TELLING = ("MsgSvrID", "type_name", "is_sender")
_QUOTE_MARK = "\n\n[引用]"
# A file of names beside the export is an aid; one of this size is something else.
_MAX_USERS = 64 * 2**20


def recognizes(file: ExportFile) -> bool:
    if file.shape.is_list_of_objects:
        return file.shape.has(*(f"*.{name}" for name in _TELLING))
    # A header that lacks the room alone is WeFlow's.
    return file.columns >= set(_TELLING) and set(COLUMNS) - file.columns != {"room_name"}


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    file.note_local_times()
    names = _names(file)
    rows: Iterable[tuple[int, Any]] = (
        file.items("*") if file.shape.root == "[" else file.records(COLUMNS)
    )
    return file.each(rows, lambda row: _message(as_object(row), names, file))


def _message(row: Mapping[str, Any], names: dict[str, str], file: ExportFile) -> ImportedMessage:
    time = word(row, "CreateTime")
    sent_at = local_time_ms(time)
    from_owner = flag(row, "is_sender")
    type_name = word(row, "type_name")
    kind = kind_named(type_name)
    said, raw = without_quote(type_name, text(row, "msg"))
    if raw is None:
        said, raw = content(kind, said)
    chat = word(row, "room_name") or _chat_of_file(file)
    sender = word(row, "talker") or chat
    return ImportedMessage(
        chat_id=chat,
        chat_name=names.get(chat, chat),
        sender_id=sender,
        sender_name=names.get(sender, sender),
        sent_at=sent_at,
        text=said,
        kind=kind,
        from_owner=from_owner,
        external_id=server_id(word(row, "MsgSvrID")),
        chat_kind="group" if is_group(chat) else "direct",
        recalled=is_recall(type_name) or (kind == "system" and says_recall(said)),
        raw=raw,
        to_the_minute=to_the_minute(time),
    )


def without_quote(type_name: str, msg: str) -> tuple[str, str | None]:
    """What the sender wrote, and the whole; PyWxDump appends the message that it answers."""
    if type_name.startswith(QUOTE_NAMES) and _QUOTE_MARK in msg:
        return msg.partition(_QUOTE_MARK)[0], msg
    return msg, None


def _chat_of_file(file: ExportFile) -> str:
    name, _, end = file.called.stem.rpartition("_")
    name, _, start = name.rpartition("_")
    return name if name and start.isdecimal() and end.isdecimal() else file.called.stem


def _names(file: ExportFile) -> dict[str, str]:
    """wxid → the name the owner gave or the nickname. An aid: without it the ids are the names."""
    beside = file.source.beside("users.json")
    if beside is None:
        return {}
    try:
        with beside.open() as stream:
            users = json.loads(stream.read(_MAX_USERS).decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(users, dict):
        return {}
    found = {
        wxid: user.get("remark") or user.get("nickname")
        for wxid, user in users.items()
        if isinstance(user, dict)
    }
    return {wxid: name for wxid, name in found.items() if isinstance(name, str) and name.strip()}
