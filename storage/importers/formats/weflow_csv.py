"""WeFlow's CSV: PyWxDump's columns without the room, English types, times in UTC."""

from collections.abc import Iterator, Mapping

from storage.importers.base import ImportedMessage, Program, content
from storage.importers.dates import local_time_ms, to_the_minute, zoned_ms
from storage.importers.file import ExportFile
from storage.importers.formats.pywxdump import without_quote
from storage.importers.record_fields import flag, needed, word
from storage.importers.wechat_types import is_recall, kind_named, server_id

NAME = "weflow-csv"
PLATFORM = "wechat"
PROGRAMS = (Program("WeFlow", "CSV", "in the file", unsure="names of rarer types"),)

COLUMNS = ("id", "MsgSvrID", "type_name", "is_sender", "talker", "msg", "src", "CreateTime")


def recognizes(file: ExportFile) -> bool:
    # With the room it is PyWxDump's.
    return file.columns >= set(COLUMNS) and "room_name" not in file.columns


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    chat = file.path.stem
    others = {row["talker"] for _, row in file.records(COLUMNS) if row["is_sender"].strip() == "0"}
    file.begin()
    kind_of_chat = "group" if len(others) > 1 else "direct"

    def message(row: Mapping[str, str]) -> ImportedMessage:
        type_name, time = word(row, "type_name"), word(row, "CreateTime")
        kind = kind_named(type_name)
        said, raw = without_quote(type_name, row["msg"])
        if raw is None:
            said, raw = content(kind, said)
        # The talker is a name, not an id: is_sender alone says whose it is.
        talker = needed(row, "talker")
        return ImportedMessage(
            chat_id=chat,
            chat_name=chat,
            sender_id=talker,
            sender_name=talker,
            sent_at=zoned_ms(time) if "T" in time else local_time_ms(time),
            text=said,
            kind=kind,
            from_owner=flag(row, "is_sender"),
            external_id=server_id(row["MsgSvrID"]),
            chat_kind=kind_of_chat,
            recalled=is_recall(type_name),
            raw=raw,
            chat_id_is_name=True,
            to_the_minute=to_the_minute(time),
        )

    return file.each(file.records(COLUMNS), message)
