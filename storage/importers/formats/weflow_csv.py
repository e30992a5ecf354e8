"""WeFlow's CSV ("WeClone"): PyWxDump's columns without the room, English types, times in UTC.

Written by WeFlow (`exportWeCloneWriter.ts`) and its forks. Its types are text, image,
sticker, video, voice, location and file: links, forwards, calls, transfers and WeChat's own lines
are all `text`, and told apart by what stands there.
"""

from collections.abc import Iterator, Mapping

from storage.importers.base import ImportedMessage, Program, Said
from storage.importers.dates import local_time_ms, to_the_minute, zoned_ms
from storage.importers.file import ExportFile
from storage.importers.file_kinds import path_alone
from storage.importers.programs.wechat_types import is_recall, kind_named, server_id
from storage.importers.programs.wechat_words import says_recall
from storage.importers.programs.weflow_words import read_weflow_text, weflow_chat
from storage.importers.record_fields import flag, needed, word

NAME = "weflow-csv"
PLATFORM = "wechat"
PROGRAMS = (
    Program(
        "WeFlow",
        "CSV",
        "in the file",
        versions="2026",
        source="its source",
    ),
)
LOOKS_FOR = ("id", "MsgSvrID", "type_name", "is_sender", "talker", "msg", "src", "CreateTime")

COLUMNS = ("id", "MsgSvrID", "type_name", "is_sender", "talker", "msg", "src", "CreateTime")


def recognizes(file: ExportFile) -> bool:
    # With the room it is PyWxDump's.
    return file.columns >= set(COLUMNS) and "room_name" not in file.columns


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    names, others = set[str](), set[str]()
    for _, row in file.records(COLUMNS):
        (others if row["is_sender"].strip() == "0" else names).add(row["talker"])
    file.begin()
    names |= others
    kind = "group" if len(others) > 1 else "direct"
    chat = weflow_chat(file, names)
    return file.each(
        file.records(COLUMNS), lambda row: _message(row, chat, names)._replace(chat_kind=kind)
    )


def _message(row: Mapping[str, str], chat: str, names: set[str]) -> ImportedMessage:
    type_name, time = word(row, "type_name"), word(row, "CreateTime")
    kind = kind_named(type_name)
    said = row["msg"]
    what = read_weflow_text(said, names) if kind == "text" else Said(kind, raw=said or None)
    recalled = is_recall(type_name) or (what.kind == "system" and says_recall(said))
    # The talker is a name, not an id: is_sender alone says whose it is.
    talker = "" if what.kind == "system" else needed(row, "talker")
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id=talker,
        sender_name=talker,
        sent_at=zoned_ms(time) if "T" in time else local_time_ms(time),
        text=said if what.kind == "system" else what.words,
        kind=what.kind,
        from_owner=flag(row, "is_sender") and bool(talker),
        external_id=server_id(row["MsgSvrID"]),
        recalled=recalled,
        raw=what.raw,
        file=path_alone(word(row, "src")),
        chat_id_is_name=True,
        to_the_minute=to_the_minute(time),
    )
