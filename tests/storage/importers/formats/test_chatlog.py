"""chatlog's JSON and CSV."""

from dataclasses import replace
from pathlib import Path

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

CHATLOG = as_json(
    [
        {
            "seq": 1728013385000,
            "time": "2024-10-04T11:43:05+08:00",
            "talker": "wxid_f",
            "talkerName": "小明",
            "isChatRoom": False,
            "sender": "wxid_f",
            "senderName": "小明",
            "isSelf": False,
            "type": 1,
            "subType": 0,
            "content": "在吗",
        },
        {
            "seq": 1728013389000,
            "time": "2024-10-04T11:43:09+08:00",
            "talker": "wxid_f",
            "talkerName": "小明",
            "isChatRoom": False,
            "sender": "wxid_me",
            "senderName": "我",
            "isSelf": True,
            "type": 49,
            "subType": 57,
            "content": "在",
            "contents": {"refer": {"content": "在吗", "sender": "wxid_f"}},
        },
    ]
)
CHATLOG_CSV = as_csv(
    ["Time", "SenderName", "Sender", "TalkerName", "Talker", "Content"],
    ["2024-10-04 11:43:05", "小明", "wxid_f", "小明", "wxid_f", "在吗"],
    ["2024-10-04 11:43:09", "我", "wxid_me", "小明", "wxid_f", "在"],
    ["2024-10-04 11:44:00", "小明", "wxid_f", "小明", "wxid_f", "![图片](http://127.0.0.1/x)"],
)

SAMPLES = (
    Sample("chatlog.json", CHATLOG),
    Sample("chatlog.csv", CHATLOG_CSV),
)


def test_chatlog_csv_in_a_chat_of_two_the_other_one_is_the_owner(tmp_path: Path) -> None:
    assert seen(read_sample(tmp_path, "chatlog.csv")) == [
        ("小明", False, "text", "在吗"),
        ("我", True, "text", "在"),
        ("小明", False, "image", ""),
    ]


def test_chatlog_csv_of_a_group_names_no_owner(tmp_path: Path) -> None:
    text = sample_named("chatlog.csv").text.replace("小明,wxid_f,在吗", "群,1@chatroom,在吗")
    messages = read(put(tmp_path, replace(sample_named("chatlog.csv"), text=text)))
    assert (messages[0].from_owner, messages[0].chat_kind) == (None, "group")
