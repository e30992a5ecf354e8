"""PyWxDump's CSV: `{wxid}_{i}_{j}.csv`, and `users.json` with people's names beside it."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

from storage.errors import InputError
from storage.importers.base import ImportedMessage, local_time_ms, read_text, shown

NAME = "pywxdump"
PLATFORM = "wechat"

COLUMNS = (
    "id",
    "MsgSvrID",
    "type_name",
    "is_sender",
    "talker",
    "room_name",
    "msg",
    "src",
    "CreateTime",
)
_TELLING = {"MsgSvrID", "type_name", "is_sender"}

# PyWxDump's names for WeChat's types, by how they begin: some end with a number or a guess mark.
_KINDS = (
    ("文本", "text"),
    ("粘贴的文本", "text"),
    ("引用回复", "text"),
    ("带有引用的文本消息", "text"),
    ("图片", "image"),
    ("语音通话", "call"),
    ("视频通话", "call"),
    ("语音", "voice"),
    ("视频号", "link"),
    ("视频", "video"),
    ("动画表情", "sticker"),
    ("用户上传的", "sticker"),
    ("位置", "location"),
    ("文件", "file"),
    ("(分享)", "link"),
    ("分享", "link"),
    ("卡片式链接", "link"),
    ("合并转发", "forward"),
    ("转账", "money"),
    ("红包", "money"),
    ("赠送红包", "money"),
    ("推荐公众号", "card"),
    ("名片", "card"),
    ("消息撤回", "system"),
    ("系统通知", "system"),
    ("拍一拍", "system"),
    ("添加好友", "system"),
    ("邀请加群", "system"),
    ("群公告", "system"),
)
_RECALL = "消息撤回"
_QUOTES = ("引用回复", "带有引用的文本消息")
_QUOTE_MARK = "\n\n[引用]"

# A forwarded conversation is one field, and longer than the reader's default limit of 128 KiB.
csv.field_size_limit(2**31 - 1)


def recognizes(head: str, path: Path) -> bool:
    first = head.lstrip("\ufeff").splitlines()[:1]
    return bool(first) and set(_header(first[0].split(","))) >= _TELLING


def read(path: Path) -> Iterator[ImportedMessage]:
    text = read_text(path)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    names = _names(path.with_name("users.json"))
    try:
        columns = _columns(_header(next(reader)), path)
        for row in reader:
            if row:
                fields = _fields(row, columns, path, reader.line_num)
                yield _message(fields, names, path, reader.line_num)
    except csv.Error as error:
        raise InputError(
            f"{path}: line {reader.line_num}: broken CSV ({error}); export the chat again"
        ) from error


def _header(cells: list[str]) -> list[str]:
    return [cell.strip().strip('"') for cell in cells]


def _columns(header: list[str], path: Path) -> dict[str, int]:
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise InputError(
            f"{path}: line 1: the column {', '.join(missing)} is missing; "
            f"a PyWxDump export has {','.join(COLUMNS)}"
        )
    return {name: header.index(name) for name in COLUMNS}


def _fields(row: list[str], columns: dict[str, int], path: Path, line: int) -> dict[str, str]:
    if len(row) <= max(columns.values()):
        raise InputError(
            f"{path}: line {line}: {len(row)} columns where {len(COLUMNS)} are needed; "
            "the file was cut off or edited, export it again"
        )
    return {name: row[index] for name, index in columns.items()}


def _message(
    fields: dict[str, str], names: dict[str, str], path: Path, line: int
) -> ImportedMessage:
    try:
        sent_at = local_time_ms(fields["CreateTime"])
    except ValueError as error:
        raise InputError(
            f"{path}: line {line}: CreateTime {shown(fields['CreateTime'])} is not a date and "
            "time; it looks like 2024-10-04 11:43:05"
        ) from error
    if fields["is_sender"].strip() not in ("0", "1"):
        raise InputError(
            f"{path}: line {line}: is_sender {shown(fields['is_sender'])} is neither 0 nor 1; "
            "export the chat again"
        )
    type_name = fields["type_name"].strip()
    text, raw = _without_quote(type_name, fields["msg"])
    chat = fields["room_name"].strip() or _chat_of_file(path)
    sender = fields["talker"].strip() or chat
    return ImportedMessage(
        chat_id=chat,
        chat_name=names.get(chat, chat),
        sender_id=sender,
        sender_name=names.get(sender, sender),
        sent_at=sent_at,
        text=text,
        kind=next((kind for start, kind in _KINDS if type_name.startswith(start)), "other"),
        from_owner=fields["is_sender"].strip() == "1",
        external_id=_server_id(fields["MsgSvrID"]),
        chat_kind="group" if chat.endswith("@chatroom") else "direct",
        recalled=type_name.startswith(_RECALL),
        raw=raw,
    )


def _without_quote(type_name: str, msg: str) -> tuple[str, str | None]:
    """What the sender wrote; PyWxDump appends the message that it answers."""
    if type_name in _QUOTES and _QUOTE_MARK in msg:
        return msg.partition(_QUOTE_MARK)[0], msg
    return msg, None


def _server_id(value: str) -> str | None:
    """The message's id at WeChat, or None where a spreadsheet has rounded it (`7.59E+18`).

    A rounded id is worse than none: different messages would share it.
    """
    value = value.strip()
    rounded = len(value) > 15 and value.endswith("0000")
    return value if value.isdecimal() and value.strip("0") and not rounded else None


def _chat_of_file(path: Path) -> str:
    name, _, end = path.stem.rpartition("_")
    name, _, start = name.rpartition("_")
    return name if name and start.isdecimal() and end.isdecimal() else path.stem


def _names(path: Path) -> dict[str, str]:
    """wxid → the name the owner gave or the nickname. An aid: without it the ids are the names."""
    try:
        users = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return {}
    if not isinstance(users, dict):
        return {}
    found = {
        wxid: user.get("remark") or user.get("nickname")
        for wxid, user in users.items()
        if isinstance(user, dict)
    }
    return {wxid: name for wxid, name in found.items() if isinstance(name, str) and name.strip()}
