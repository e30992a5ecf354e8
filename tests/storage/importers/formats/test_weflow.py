"""WeFlow and EchoTrace."""

from dataclasses import replace
from pathlib import Path

from tests.storage.importers.samples import (
    T0,
    Sample,
    as_json,
    put,
    read,
    read_sample,
    sample_named,
)

MESSAGES = [
    {
        "localId": 1,
        "createTime": T0,
        "formattedTime": "2024-10-04 11:43:05",
        "type": "文本消息",
        "content": "在吗",
        "isSend": 0,
        "senderUsername": "wxid_f",
        "senderDisplayName": "小明",
    },
    {
        "localId": 2,
        "createTime": T0 + 4,
        "formattedTime": "2024-10-04 11:43:09",
        "type": "引用消息",
        "content": "在",
        "isSend": 1,
        "senderUsername": "wxid_me",
        "senderDisplayName": "我",
        "replyToMessageId": "7594861486645126963",
        "quotedContent": "在吗",
    },
    {
        "localId": 3,
        "createTime": T0 + 5,
        "formattedTime": "2024-10-04 11:43:10",
        "type": "系统消息",
        "content": "你撤回了一条消息",
        "isSend": None,
        "senderUsername": "",
        "senderDisplayName": "",
    },
]
SESSION = {
    "wxid": "wxid_f",
    "nickname": "明",
    "remark": "小明",
    "displayName": "小明",
    "type": "私聊",
}
WEFLOW = as_json({"weflow": {"version": "1.0.3"}, "session": SESSION, "messages": MESSAGES})
ECHOTRACE = as_json({"session": SESSION, "messages": MESSAGES})

SAMPLES = (
    Sample("weflow.json", WEFLOW),
    Sample("echotrace.json", ECHOTRACE),
)


def test_lines_of_the_platform_have_no_side(tmp_path: Path) -> None:
    line = read_sample(tmp_path, "weflow.json")[2]
    assert (line.sender_id, line.from_owner, line.kind) == ("", False, "system")


def test_where_weflow_does_not_know_the_side_the_sender_decides(tmp_path: Path) -> None:
    text = sample_named("weflow.json").text
    text = text.replace('"isSend": 1', '"isSend": null').replace('"isSend": 0', '"isSend": null')
    messages = read(put(tmp_path, replace(sample_named("weflow.json"), text=text)))
    assert [m.from_owner for m in messages] == [False, True, False]


def test_what_was_taken_back(tmp_path: Path) -> None:
    assert [m.recalled for m in read_sample(tmp_path, "weflow.json")] == [False, False, True]


def test_what_somebody_took_back_who_is_called_otherwise_in_the_line(tmp_path: Path) -> None:
    text = sample_named("weflow.json").text.replace("你撤回了", "阿红 撤回了")
    messages = read(put(tmp_path, replace(sample_named("weflow.json"), text=text)))
    assert [m.recalled for m in messages] == [False, False, True]
