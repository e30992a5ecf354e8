"""Text of Feishu: copied, and lark-chat-export's."""

from datetime import datetime
from pathlib import Path

import pytest

from storage.importers.base import ImportedMessage
from storage.importers.file import ExportFile
from storage.importers.formats import feishu
from tests.storage.importers.samples import Sample, put, read, read_sample, seen

COPIED = """\
Mira Groß 2023-05-01 10:00:00
hey
我们约几点？

阿本 2023-05-01 10:00:10
八点吧 [微笑]

阿本 2023-05-01 10:00:12
[图片]

Mira Groß 2023-05-01 10:01:00
from our calendar:
Jon 2023-05-01 09:00:00
yoga

Mira Groß 2023-05-01 10:02:00
此消息已撤回
"""
EXPORTED = f"""\
飞书聊天记录
{"=" * 50}
导出时间: 2026/4/18 10:00:00
消息总数: 3
{"=" * 50}


--- 2026/04/17 ---

[2026/04/17 10:00:00] 米拉:
hey

在吗？

[2026/04/17 10:00:05] 阿本: [文件: 合同.pdf]


--- 2026/04/18 ---

[2026/04/18 24:00:05] 阿本:
在的

"""

SAMPLES = (
    Sample("米拉.txt", COPIED, me="阿本"),
    Sample("chat-export-3f2a-2026-04-18.txt", EXPORTED, me="阿本"),
)


def moment(message: ImportedMessage) -> str:
    return f"{datetime.fromtimestamp(message.sent_at / 1000).astimezone():%Y-%m-%d %H:%M:%S}"


def test_copied_messages(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "米拉.txt")
    assert seen(messages) == [
        ("Mira Groß", None, "text", "hey\n我们约几点？"),
        ("阿本", None, "text", "八点吧 [微笑]"),
        ("阿本", None, "image", ""),
        ("Mira Groß", None, "text", "from our calendar:\nJon 2023-05-01 09:00:00\nyoga"),
        ("Mira Groß", None, "system", "此消息已撤回"),
    ]
    assert [m.recalled for m in messages] == [False] * 4 + [True]
    assert moment(messages[1]) == "2023-05-01 10:00:10"


def test_what_lark_chat_export_writes(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "chat-export-3f2a-2026-04-18.txt")
    assert seen(messages) == [
        ("米拉", None, "text", "hey\n\n在吗？"),
        ("阿本", None, "file", ""),
        ("阿本", None, "text", "在的"),
    ]
    assert moment(messages[2]) == "2026-04-18 00:00:05"


def test_a_name_that_holds_a_colon(tmp_path: Path) -> None:
    rows = [f"[2026-04-18 10:{n:02}:00] Dr: Smith: hi {n}\n" for n in range(10)]
    text = "飞书聊天记录\n\n" + "\n".join([*rows, "[2026-04-18 11:00:00] 阿本: 一: 二\n"])
    messages = read(put(tmp_path, Sample("chat.txt", text)))
    assert [(m.sender_name, m.text) for m in messages] == [
        *(("Dr: Smith", f"hi {n}") for n in range(10)),
        ("阿本", "一: 二"),
    ]


@pytest.mark.parametrize(
    "head", ["娜拉 2023年5月1日 10:00", "娜拉 2023/05/01 10:00", "Nora  2023-05-01 9:05:11"]
)
def test_dates_of_both_languages(tmp_path: Path, head: str) -> None:
    message, _ = read(put(tmp_path, Sample("chat.txt", f"{head}\nhi\n\n{head}\nho\n")))
    assert (message.sender_name in ("娜拉", "Nora"), message.text) == (True, "hi")
    assert moment(message).startswith("2023-05-01")


@pytest.mark.parametrize(
    "line",
    [
        "see you 2023-05-01",
        "2023-05-01 10:00:00 Nora",
        "[2023-05-01 10:00:00] Nora: hi",
        "notes of 2023-05-01 10:00",
    ],
)
def test_other_texts_are_not_its(tmp_path: Path, line: str) -> None:
    path = put(tmp_path, Sample("chat.txt", f"{line}\nhi\n"))
    assert not feishu.recognizes(ExportFile(path))
