"""ChatLab's JSON and JSONL."""

from pathlib import Path

import pytest

from tests.storage.importers.samples import T0, Sample, as_json, put, read, read_sample, seen

META = {"name": "小明", "platform": "wechat", "type": "private", "ownerId": "wxid_me"}
VERSION = {"version": "0.0.2", "exportedAt": T0, "generator": "WeFlow"}
MESSAGES = [
    {
        "sender": "wxid_f",
        "accountName": "小明",
        "timestamp": T0,
        "type": 0,
        "content": "在吗",
        "platformMessageId": "7594861486645126963",
    },
    {
        "sender": "wxid_me",
        "accountName": "我",
        "timestamp": T0 + 4,
        "type": 25,
        "content": "在",
        "replyToMessageId": "7594861486645126963",
    },
    {"sender": "wxid_f", "accountName": "小明", "timestamp": T0 + 9, "type": 1, "content": None},
]
CHATLAB = as_json(
    {
        "chatlab": VERSION,
        "meta": META,
        "members": [{"platformId": "wxid_f", "accountName": "小明"}],
        "messages": MESSAGES,
    }
)
CHATLAB_JSONL = "\n".join(
    as_json(row, None)
    for row in (
        {"_type": "header", "chatlab": VERSION, "meta": META},
        {"_type": "member", "platformId": "wxid_f", "accountName": "小明"},
        *({"_type": "message"} | message for message in MESSAGES),
    )
)

SAMPLES = (
    Sample("chatlab.json", CHATLAB),
    Sample("chatlab.jsonl", CHATLAB_JSONL),
)


@pytest.mark.parametrize("name", ["chatlab.json", "chatlab.jsonl"])
def test_messages(tmp_path: Path, name: str) -> None:
    messages = read_sample(tmp_path, name)
    assert seen(messages) == [
        ("小明", False, "text", "在吗"),
        ("我", True, "text", "在"),
        ("小明", False, "image", ""),
    ]
    assert {(m.chat_id, m.platform, m.chat_id_is_name) for m in messages} == {
        ("小明", "wechat", True)
    }


def test_a_line_of_the_platform_says_what_was_taken_back(tmp_path: Path) -> None:
    line = {"sender": "", "timestamp": T0 + 10, "type": 80, "content": "你撤回了一条消息"}
    rows = [*MESSAGES, line, line | {"content": "阿红 撤回了一条消息"}]
    text = as_json({"chatlab": VERSION, "meta": META, "members": [], "messages": rows})
    assert [m.recalled for m in read(put(tmp_path, Sample("c.json", text)))] == [
        *(False, False, False, True, True),
    ]
