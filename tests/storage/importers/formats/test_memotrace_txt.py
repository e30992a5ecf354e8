"""MemoTrace's TXT."""

from pathlib import Path

import pytest

from tests.storage.importers.samples import Sample, put, read, read_sample, seen

MEMOTRACE_TXT = """\
2024-10-04 11:43:05 小明
在吗
有空吗

2024-10-04 11:43:09 我
在

2024-10-04 11:43:20 小明
[图片]

"""

SAMPLES = (Sample("memotrace.txt", MEMOTRACE_TXT, me="我"),)


def test_memotrace_txt(tmp_path: Path) -> None:
    assert seen(read_sample(tmp_path, "memotrace.txt")) == [
        ("小明", None, "text", "在吗\n有空吗"),
        ("我", None, "text", "在"),
        ("小明", None, "image", ""),
    ]


BLOCKS = """\
2024-02-01 08:00:00 以上是打招呼的内容

2024-02-01 08:00:05 阿花
周五有空吗

2024-02-01 08:00:40 你
有啊
引用:阿花:周五有空吗

2024-02-01 08:01:00 阿花
            [链接]:title:火锅店
            description:好吃
            url:https://example.org
            name:点评

2024-02-01 08:01:30 你
[表情包]

2024-02-01 08:02:00 阿花 撤回了一条消息

2024-02-01 08:03:00 你
引用: 这个词怎么写
2024-01-01 00:00:00 是什么日子

"""


def test_quotes_cards_and_lines_of_the_platform(tmp_path: Path) -> None:
    messages = read(put(tmp_path, Sample("阿花.txt", BLOCKS)))
    assert seen(messages) == [
        ("", False, "system", "以上是打招呼的内容"),
        ("阿花", None, "text", "周五有空吗"),
        ("你", None, "text", "有啊"),
        ("阿花", None, "link", ""),
        ("你", None, "sticker", ""),
        ("", False, "system", "阿花 撤回了一条消息"),
        ("你", None, "text", "引用: 这个词怎么写\n2024-01-01 00:00:00 是什么日子"),
    ]
    assert messages[2].raw == "有啊\n引用:阿花:周五有空吗"
    assert messages[5].recalled
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("阿花", "direct")}


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('"Ann" has recalled a message.', "system"),
        ("You've recalled a message.", "system"),
        ("You’ve recalled a message", "system"),
        ("she has recalled a message", "text"),
        ("I've recalled a message.", "text"),
    ],
)
def test_lines_of_an_english_phone(tmp_path: Path, line: str, kind: str) -> None:
    text = f"{MEMOTRACE_TXT}2024-10-04 11:44:00 小明\n{line}\n"
    message = read(put(tmp_path, Sample("小明.txt", text)))[-1]
    assert (message.kind, message.recalled) == (kind, kind == "system")


def test_a_text_that_lost_its_blank_lines(tmp_path: Path) -> None:
    text = "".join(line for line in MEMOTRACE_TXT.splitlines(keepends=True) if line.strip())
    messages = read(put(tmp_path, Sample("小明.txt", text)))
    assert [m.text for m in messages] == ["在吗\n有空吗", "在", ""]
