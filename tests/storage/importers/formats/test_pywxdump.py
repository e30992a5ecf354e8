"""PyWxDump's CSV and JSON."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from storage.errors import InputError
from storage.importers.base import ImportedMessage
from storage.importers.dates import local_time_ms
from storage.importers.file import ExportFile
from storage.importers.formats import pywxdump
from tests.storage.importers.samples import (
    Sample,
    as_csv,
    as_json,
    put,
    read,
    read_sample,
    sample_named,
    seen,
)

HEADER = [
    "id",
    "MsgSvrID",
    "type_name",
    "is_sender",
    "talker",
    "room_name",
    "msg",
    "src",
    "CreateTime",
]
ROWS: list[list[Any]] = [
    [1, "7594861486645126963", "文本", 0, "wxid_f", "wxid_f", "在吗", "", "2024-10-04 11:43:05"],
    [2, "7594861486645126964", "文本", 1, "wxid_me", "wxid_f", "在", "", "2024-10-04 11:43:09"],
    [3, "7594861486645126965", "图片", 0, "wxid_f", "wxid_f", "", "a.dat", "2024-10-04 11:44:00"],
]

SAMPLES = (
    Sample("wxid_f_0_3.csv", as_csv(HEADER, *ROWS)),
    Sample(
        "pywxdump.json",
        as_json([dict(zip(HEADER, row, strict=True)) | {"extra": {}} for row in ROWS]),
    ),
)


CHAT = "wxid_friend"


def row(
    type_name: str = "文本",
    msg: str = "在吗",
    *,
    server_id: str = "7594861486645126963",
    is_sender: str = "0",
    talker: str = CHAT,
    room: str = CHAT,
    time: str = "2024-10-04 11:43:05",
) -> list[str]:
    return ["1", server_id, type_name, is_sender, talker, room, msg, "", time]


def write(
    folder: Path, *rows: list[str], name: str = f"{CHAT}_0_5000.csv", encoding: str = "utf-8"
) -> Path:
    path = folder / name
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def one(path: Path) -> ImportedMessage:
    (message,) = pywxdump.read(ExportFile(path))
    return message


def test_a_message_and_whose_it_is(tmp_path: Path) -> None:
    rows = [row(), row(msg="在\n怎么了, 说", is_sender="1", talker="我", server_id="1")]
    friend, owner = pywxdump.read(ExportFile(write(tmp_path, *rows)))
    assert (friend.chat_id, friend.sender_id, friend.from_owner) == (CHAT, CHAT, False)
    assert (friend.external_id, friend.kind) == ("7594861486645126963", "text")
    assert (owner.text, owner.from_owner, owner.chat_id) == ("在\n怎么了, 说", True, CHAT)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, row(), encoding=encoding)
    assert one(path).text == "在吗"


def test_both_shapes_of_time(tmp_path: Path) -> None:
    rows = row(time="2024-10-04 09:03:05"), row(time="2024/10/4 9:03")
    exported, saved_again = pywxdump.read(ExportFile(write(tmp_path, *rows)))
    assert exported.sent_at == local_time_ms("2024-10-04 09:03:05")
    assert exported.sent_at - saved_again.sent_at == 5000


@pytest.mark.parametrize(
    ("type_name", "kind"),
    [
        ("文本", "text"),
        ("粘贴的文本", "text"),
        ("图片", "image"),
        ("语音", "voice"),
        ("语音通话", "call"),
        ("视频", "video"),
        ("视频号直播或直播回放", "link"),
        ("动画表情", "sticker"),
        ("文件(猜)", "file"),
        ("(分享)小程序", "link"),
        ("转账", "transfer"),
        ("合并转发的聊天记录", "forward"),
        ("名片", "contact"),
        ("系统通知", "system"),
        ("拍一拍", "system"),
        ("未知-49,15", "other"),
    ],
)
def test_types(tmp_path: Path, type_name: str, kind: str) -> None:
    message = one(write(tmp_path, row(type_name)))
    assert (message.kind, message.recalled) == (kind, False)


@pytest.mark.parametrize("type_name", ["消息撤回", "消息撤回1", "消息撤回57"])
def test_recalls(tmp_path: Path, type_name: str) -> None:
    message = one(write(tmp_path, row(type_name, "你撤回了一条消息")))
    assert (message.kind, message.recalled) == ("system", True)


def test_a_quoting_reply_is_what_its_sender_wrote(tmp_path: Path) -> None:
    whole = "晚点到\n\n[引用](2024-10-04 11:40:00)小明:几点到"
    message = one(write(tmp_path, row("引用回复", whole)))
    assert (message.kind, message.text, message.raw) == ("text", "晚点到", whole)


@pytest.mark.parametrize("server_id", ["7.59486E+18", "7594861486645130000", "0", ""])
def test_an_id_that_a_spreadsheet_rounded_is_no_id(tmp_path: Path, server_id: str) -> None:
    assert one(write(tmp_path, row(server_id=server_id))).external_id is None


def test_names_come_from_the_file_beside(tmp_path: Path) -> None:
    users = {CHAT: {"nickname": "明", "remark": "小明"}, "wxid_b": {"nickname": "小红"}}
    (tmp_path / "users.json").write_text(json.dumps(users), encoding="utf-8")
    message = one(write(tmp_path, row(talker="wxid_b")))
    assert (message.chat_name, message.sender_name) == ("小明", "小红")


@pytest.mark.parametrize("users", ["", "[1]", '{"wxid_friend": 3}', '{"wxid_friend": {"x": 1}}'])
def test_names_are_only_an_aid(tmp_path: Path, users: str) -> None:
    (tmp_path / "users.json").write_text(users, encoding="utf-8")
    assert one(write(tmp_path, row())).chat_name == CHAT


def test_groups_and_files_without_a_room(tmp_path: Path) -> None:
    assert one(write(tmp_path, row(room="123@chatroom"))).chat_kind == "group"
    no_room = one(write(tmp_path, row(room="", talker="")))
    assert (no_room.chat_id, no_room.sender_id) == (CHAT, CHAT)


def test_very_long_fields_are_read(tmp_path: Path) -> None:
    assert len(one(write(tmp_path, row(msg="长" * 200_000))).text) == 200_000


def test_a_placeholder_is_a_kind_and_no_text(tmp_path: Path) -> None:
    message = one(write(tmp_path, row("图片", "FileStorage/Image/1.dat")))
    assert (message.kind, message.text, message.raw) == ("image", "", "FileStorage/Image/1.dat")


def recognized(folder: Path, text: str) -> bool:
    path = folder / "any.txt"
    path.write_text(text, encoding="utf-8")
    return pywxdump.recognizes(ExportFile(path))


def test_recognized_by_content(tmp_path: Path) -> None:
    assert recognized(tmp_path, ",".join(HEADER) + "\r\n1,2")
    assert recognized(tmp_path, ",".join(f'"{name}"' for name in HEADER))
    assert recognized(tmp_path, json.dumps([dict(zip(HEADER, row(), strict=True))]))
    assert not recognized(tmp_path, "localId,TalkerId,Type\n")


def test_json_has_the_same_rows(tmp_path: Path) -> None:
    values = dict(zip(HEADER, row(), strict=True)) | {"is_sender": 1, "extra": {"remark": "x"}}
    path = tmp_path / "chat.json"
    path.write_text(json.dumps([values]), encoding="utf-8")
    message = one(path)
    assert (message.text, message.from_owner, message.chat_id) == ("在吗", True, CHAT)
    assert message.external_id == "7594861486645126963"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("id,MsgSvrID,type_name,is_sender\n", "column talker, room_name, msg, src, CreateTime"),
        (",".join(HEADER) + '\n1,2,文本,0,a,a,"hi\n', "broken CSV"),
    ],
)
def test_a_broken_file_is_reported_with_the_line(tmp_path: Path, text: str, cause: str) -> None:
    path = tmp_path / "chat.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=cause) as caught:
        list(pywxdump.read(ExportFile(path)))
    assert str(caught.value).startswith(f"{path}: line ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        ("1,2,文本,0", "4 columns where 9"),
        ("1,2,文本,0,a,a,hi,,soon", "time 'soon'"),
        ("1,2,文本,yes,a,a,hi,,2024/1/1 1:00", "is_sender 'yes'"),
        ('1,2,文本,0,a,a,"h"i,,2024/1/1 1:00', "broken CSV"),
    ],
)
def test_a_bad_row_is_reported_with_the_line_and_left_out(
    tmp_path: Path, bad: str, cause: str
) -> None:
    path, good = tmp_path / "chat.csv", ",".join(row())
    path.write_text("\n".join([",".join(HEADER), good, bad, good]), encoding="utf-8")
    file = ExportFile(path)
    assert len(list(pywxdump.read(file))) == 2
    (problem,) = file.problems
    assert (problem.path, problem.line) == (path, 3)
    assert cause in problem.cause


def test_a_spreadsheet_saved_it_with_semicolons(tmp_path: Path) -> None:
    text = sample_named("wxid_f_0_3.csv").text
    saved = io.StringIO()
    csv.writer(saved, delimiter=";").writerows(csv.reader(io.StringIO(text)))
    path = put(tmp_path, replace(sample_named("wxid_f_0_3.csv"), text=saved.getvalue()))
    assert seen(read(path)) == seen(read_sample(tmp_path / "comma", "wxid_f_0_3.csv"))
