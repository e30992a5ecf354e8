"""WeFlow's TXT: names in quotes, kinds in brackets, WeChat's own lines under a name."""

from pathlib import Path

import pytest

from tests.storage.importers.samples import Sample, put, read, read_sample, seen

WEFLOW_TXT = """\
2025-03-01 20:10:05 '阿花'
到家了吗

2025-03-01 20:10:31 '我'
刚到
2025-02-28 09:00:00 '阿花'
这是复制的

2025-03-01 20:11:00 '阿花'
[链接]周末去哪儿
https://example.org/a

2025-03-01 20:11:10 '我'
好主意[引用 阿花：[链接]]

2025-03-01 20:12:00 '阿花'
阿花 撤回了一条消息

"""

SAMPLES = (Sample("weflow.txt", WEFLOW_TXT),)


def test_messages(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "weflow.txt")
    assert seen(messages) == [
        ("阿花", False, "text", "到家了吗"),
        ("我", True, "text", "刚到\n2025-02-28 09:00:00 '阿花'\n这是复制的"),
        ("阿花", False, "link", ""),
        ("我", True, "text", "好主意"),
        ("", False, "system", "阿花 撤回了一条消息"),
    ]
    assert messages[3].raw == "好主意[引用 阿花：[链接]]"
    assert [m.recalled for m in messages] == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("[视频]12s", "video"),
        ("[转账收款]¥20.00 饭钱", "transfer"),
        ("[聊天记录]群聊的聊天记录", "forward"),
        ("[位置] 公园 (1,2)", "location"),
        ("[语音消息 - 转文字失败]", "voice"),
        ("[微笑]今天真好", "text"),
        ("她撤回了一条消息，奇怪", "text"),
        ("你退出了群聊怎么回事", "text"),
        ("我拍了拍他", "text"),
    ],
)
def test_only_whole_placeholders_are_none_of_their_words(
    tmp_path: Path, said: str, kind: str
) -> None:
    text = f"2025-03-01 20:10:05 '阿花'\n{said}\n\n2025-03-01 20:11:05 '我'\n好\n\n"
    message = read(put(tmp_path, Sample("阿花.txt", text)))[0]
    assert (message.kind, message.text) == (kind, said if kind == "text" else "")


def test_a_group_marks_nobody(tmp_path: Path) -> None:
    people = ("甲", "乙", "丙")
    text = "".join(f"2025-03-01 20:1{n}:05 '{who}'\n早\n\n" for n, who in enumerate(people))
    messages = read(put(tmp_path, Sample("群.txt", text)))
    assert [(m.sender_name, m.from_owner, m.chat_kind) for m in messages] == [
        (who, None, "group") for who in people
    ]


@pytest.mark.parametrize(
    ("file", "chat"),
    [
        ("私聊_阿花.txt", "阿花"),
        ("私聊_阿花 (1).txt", "阿花"),
        ("群聊_跑团.txt", "跑团"),
        ("私聊_.txt", "私聊_"),
    ],
)
def test_the_kind_of_chat_before_its_name_is_no_name(tmp_path: Path, file: str, chat: str) -> None:
    text = "2025-03-01 20:10:05 '阿花'\n早\n\n2025-03-01 20:11:05 '我'\n好\n\n"
    assert {m.chat_name for m in read(put(tmp_path, Sample(file, text)))} == {chat}
