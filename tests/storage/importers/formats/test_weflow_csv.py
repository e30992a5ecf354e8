"""WeFlow's CSV."""

from pathlib import Path

import pytest

from tests.storage.importers.samples import T0, Sample, as_csv, put, read, read_sample, seen

WEFLOW_CSV = "\ufeff" + as_csv(
    ["id", "MsgSvrID", "type_name", "is_sender", "talker", "msg", "src", "CreateTime"],
    [1, "7594861486645126963", "text", 0, "小明", "在吗", "", "2024-10-04T03:43:05.000Z"],
    [2, "7594861486645126964", "text", 1, "我", "在", "", "2024-10-04T03:43:09.000Z"],
    [3, "7594861486645126965", "image", 0, "小明", "图片", "a.jpg", "2024-10-04T03:44:00.000Z"],
)

SAMPLES = (Sample("weflow.csv", WEFLOW_CSV),)


def test_messages(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "weflow.csv")
    assert seen(messages) == [
        ("小明", False, "text", "在吗"),
        ("我", True, "text", "在"),
        ("小明", False, "image", ""),
    ]
    assert [m.sent_at for m in messages] == [T0 * 1000, (T0 + 4) * 1000, (T0 + 55) * 1000]
    assert messages[0].external_id == "7594861486645126963"


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ("[链接] 周末去哪儿", "link", ""),
        ("[转发的聊天记录]", "forward", ""),
        ("[文件] 计划.docx", "file", ""),
        ("[视频通话] 通话时长 03:10", "call", ""),
        ("[红包]祝你快乐", "text", "[红包]祝你快乐"),
        ("走吧[引用 阿花：几点]", "text", "走吧"),
        ('"阿花" 撤回了一条消息', "system", '"阿花" 撤回了一条消息'),
        ("你已添加了阿花，现在可以开始聊天了。", "system", "你已添加了阿花，现在可以开始聊天了。"),
        ("你撤回了什么", "text", "你撤回了什么"),
        ("[链接呢", "text", "[链接呢"),
    ],
)
def test_what_weflow_calls_text(tmp_path: Path, said: str, kind: str, words: str) -> None:
    header = ["id", "MsgSvrID", "type_name", "is_sender", "talker", "msg", "src", "CreateTime"]
    row = [1, "7594861486645126001", "text", 1, "我", said, "", "2024-10-04T03:43:05.000Z"]
    (message,) = read(put(tmp_path, Sample("阿花.csv", as_csv(header, row))))
    assert (message.kind, message.text) == (kind, words)
    assert (message.from_owner, message.recalled) == (kind != "system", "撤回了一条" in said)
