"""chatlog's JSON and CSV."""

from dataclasses import replace
from pathlib import Path

import pytest

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


def csv_of(tmp_path: Path, *rows: tuple[str, str, str], talker: str = "wxid_hua") -> Path:
    """Rows of sender's name, sender's id, content."""
    header = ["Time", "SenderName", "Sender", "TalkerName", "Talker", "Content"]
    written = [
        [f"2024-02-01 08:00:0{n}", *row[:2], "阿花", talker, row[2]] for n, row in enumerate(rows)
    ]
    return put(tmp_path, Sample("chatlog.csv", as_csv(header, *written)))


@pytest.mark.parametrize(("talker", "friend"), [("wxid_hua", False), ("9@chatroom", False)])
def test_the_owners_rows_of_wechat_3_have_no_sender(
    tmp_path: Path, talker: str, friend: bool
) -> None:
    path = csv_of(tmp_path, ("阿花", "wxid_hua", "早"), ("", "", "早呀"), talker=talker)
    assert [(m.from_owner, m.text) for m in read(path)] == [(friend, "早"), (True, "早呀")]


QUOTE = "> 阿花(wxid_hua) 02-01 07:59:00\n"


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (
            "> 阿花(wxid_hua) 02-01 07:59:00\n> 第一行\n> 第二行\n我的话\n> 也是我的",
            "text",
            "我的话\n> 也是我的",
        ),
        ("> 生活是首歌\n真的", "text", "> 生活是首歌\n真的"),
        ("[小程序|点[餐]](https://x.cn/a)", "link", ""),
        ("[合并转发|聊天]\n  甲 2024-01-01\n  你好\n", "forward", ""),
        ("[转账|接收 ¥8.00](奶茶)", "transfer", ""),
        ("![动画表情](http://x/e)", "sticker", ""),
        ("[位置|公园|1|2]", "location", ""),
        ("Type: 42 Content: <msg>", "other", ""),
        ("[链接]在哪", "text", "[链接]在哪"),
        ("[微笑]", "text", "[微笑]"),
    ],
)
def test_csv_kinds_and_quotes(tmp_path: Path, content: str, kind: str, words: str) -> None:
    (message,) = read(csv_of(tmp_path, ("我", "wxid_me", content)))
    assert (message.from_owner, message.kind, message.text) == (True, kind, words)


def test_csv_lines_of_wechat_itself(tmp_path: Path) -> None:
    path = csv_of(
        tmp_path,
        ("", "系统消息", "你撤回了一条消息"),
        ("我", "wxid_me", '"我" 拍了拍 "阿花"'),
        ("我", "wxid_me", "我拍了拍她的肩"),
    )
    messages = read(path)
    assert [(m.kind, m.sender_id, m.recalled) for m in messages] == [
        ("system", "", True),
        ("system", "", False),
        ("text", "wxid_me", False),
    ]


@pytest.mark.parametrize(
    "line",
    ["你撤回了一条消息", '"小明" 撤回了一条消息', "You recalled a message", "阿红 撤回了一条消息"],
)
def test_json_knows_what_was_taken_back(tmp_path: Path, line: str) -> None:
    said, old = f'"content": {as_json(line)}', '"content": "在吗"'
    text = CHATLOG.replace('"type": 1,', '"type": 10000,').replace(old, said, 1)
    messages = read(put(tmp_path, Sample("c.json", text)))
    assert [(m.kind, m.recalled) for m in messages] == [("system", True), ("text", False)]
