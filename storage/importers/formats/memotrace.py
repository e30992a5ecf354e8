"""MemoTrace (WeChatMsg) CSV: one chat or all of them; older headers lack names of columns.

Written by MemoTrace, formerly WeChatMsg (`exporter_csv.py`, `output.py`): `Type` and `SubType`
are WeChat's own numbers. The Chinese header is that of an Excel export, saved as CSV.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from storage.importers.base import ImportedMessage, Program, content
from storage.importers.dates import local_time_ms, to_the_minute
from storage.importers.file import ExportFile
from storage.importers.programs.wechat_types import kind_named, kind_of_type, server_id
from storage.importers.programs.wechat_words import says_recall, without_quote_below
from storage.importers.record_fields import BadRow, epoch_ms, flag, number, word
from storage.texts import Text

NAME = "memotrace"
PLATFORM = "wechat"
PROGRAMS = (
    Program(
        "MemoTrace / WeChatMsg",
        "CSV, also with the old short header",
        "in the file",
        unsure="the column without a name; the header `消息ID,类型,…`: "
        "look over what came in (there `--me`)",
        source="its source",
    ),
)

LOOKS_FOR = ("TalkerId", "IsSender", "Type", "SubType", "StrContent", "CreateTime")

OLD_COLUMNS = (
    *("localId", "TalkerId", "Type", "SubType", "IsSender"),
    *("CreateTime", "Status", "StrContent", "StrTime"),
)
_TELLING = ("TalkerId", "IsSender", "StrContent")
CHINESE_COLUMNS = ("消息ID", "类型", "发送人", "时间", "内容")
_RECALL_TYPE = 10002
Row = Mapping[str, str]


def recognizes(file: ExportFile) -> bool:
    return any(file.columns >= set(needed) for needed in (_TELLING, CHINESE_COLUMNS))


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    if "StrContent" not in file.first_line:
        file.notes.append(Text("this header is unconfirmed; look over what was imported"))
        file.note_local_times()
        return file.each(file.records(CHINESE_COLUMNS), lambda row: _chinese(row, file))
    people = _people(file)
    return file.each(file.records(OLD_COLUMNS), lambda row: _message(row, people, file))


def _people(file: ExportFile) -> dict[str, dict[str, str]]:
    """The others in each chat, id → name: TalkerId is a number that means something on one computer
    only, so a chat is known by whom it is with.
    """
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for _, row in file.records(OLD_COLUMNS):
        people = found[row["TalkerId"]]
        if row["IsSender"].strip() == "0" and row.get("Sender", "").strip() and len(people) < 1000:
            people[row["Sender"].strip()] = word(row, "Remark", "NickName", "Sender")
    file.begin()  # the second reading finds the same problems again
    return found


def _message(row: Row, people: dict[str, dict[str, str]], file: ExportFile) -> ImportedMessage:
    talker = row["TalkerId"]
    from_owner = flag(row, "IsSender")
    others = people.get(talker, {})
    type_number = number(row, "Type")
    kind = kind_of_type(type_number, number(row, "SubType"))
    said, raw = content(kind, row["StrContent"])
    by_name = len(others) != 1
    stem = file.called.stem
    chat = (stem if len(people) == 1 else f"{stem} {talker}") if by_name else next(iter(others))
    sender = word(row, "Sender") or ("" if kind == "system" else "me" if from_owner else chat)
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat if by_name else others[chat],
        sender_id=sender,
        sender_name=word(row, "Remark", "NickName") or sender,
        sent_at=epoch_ms(row, "CreateTime"),
        text=said,
        kind=kind,
        from_owner=from_owner,
        external_id=server_id(row.get("MsgSvrID", "")),
        chat_kind="group" if len(others) > 1 else "direct",
        recalled=type_number == _RECALL_TYPE or (kind == "system" and says_recall(said)),
        raw=raw,
        chat_id_is_name=by_name,
    )


def _chinese(row: Row, file: ExportFile) -> ImportedMessage:
    sender = word(row, "发送人", "备注", "昵称")
    kind = kind_named(word(row, "类型"))
    if not sender and kind != "system":
        raise BadRow(Text("{name} is missing or blank", name="发送人"))
    said, raw = content(kind, without_quote_below(row["内容"]))
    return ImportedMessage(
        chat_id=file.called.stem,
        chat_name=file.called.stem,
        sender_id=sender,
        sender_name=sender,
        sent_at=local_time_ms(row["时间"]),
        text=said,
        kind=kind,
        from_owner=None if sender else False,
        recalled=kind == "system" and says_recall(said),
        raw=row["内容"] if said != row["内容"] else raw,
        chat_id_is_name=True,
        to_the_minute=to_the_minute(row["时间"]),
    )
