"""WechatExporter's TXT."""

from pathlib import Path

import pytest

from storage.importers.detect import importer_named
from storage.importers.file import ExportFile
from tests.storage.importers.samples import Sample, put, read, read_sample, seen

RULE = "- - - - - - - - - - - - - - -"
ENGLISH = f"""\
小明 - WeChat Chat History

System Message: 以上是打招呼的内容
小明 (2023-05-01 10:00:00):在吗: 好
阿本 (2023-05-01 10:00:10):在
第二行 (真的)
System Message: 你撤回了一条消息
小明 (2023-05-01 10:01:00):[Photo]
小明 (2023-05-01 10:01:01):[Audio 3"]
小明 (2023-05-01 10:01:02):Weixin Transfer 转账 ¥8.00小明 (2023-05-01 10:01:03):收
阿本 (2023-05-01 10:02:00):「小明：在吗」
{RULE}
我在
「小明：几点」
{RULE}
八点
小明 (2023-05-01 10:03:00):好
"""
OLD = """\
小明(2023-05-01 10:00:00): 在吗

阿本(2023-05-01 10:00:10): 在

小明(2023-05-01 10:00:20): [个人名片] 老王

"""

SAMPLES = (Sample("wechat exporter.txt", ENGLISH), Sample("小明.txt", OLD))


def test_a_chat_of_two(tmp_path: Path) -> None:
    file = ExportFile(put(tmp_path, Sample("a.txt", ENGLISH)))
    messages = list(importer_named("wechat-exporter").read(file))
    assert seen(messages) == [
        ("小明", False, "text", "在吗: 好"),
        ("阿本", True, "text", "在\n第二行 (真的)"),
        ("", False, "system", "你撤回了一条消息"),
        ("小明", False, "image", ""),
        ("小明", False, "voice", ""),
        ("小明", False, "transfer", ""),
        ("小明", False, "text", "收"),
        ("阿本", True, "text", "我在"),
        ("小明", False, "text", "好"),
    ]
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("小明", "direct")}
    assert [m.recalled for m in messages] == [False, False, True] + [False] * 6
    assert "1 answers with a quote" in file.notes[-1]


def test_older_versions_and_the_name_of_the_file(tmp_path: Path) -> None:
    assert seen(read_sample(tmp_path, "小明.txt")) == [
        ("小明", False, "text", "在吗"),
        ("阿本", True, "text", "在"),
        ("小明", False, "contact", ""),
    ]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("[File: a.pdf]", "file"),
        ("[位置] 公园 (1.5,2.5)", "location"),
        ("[Video/Audio Call]", "call"),
        ("（视频丢失）", "video"),
        ("[图片]", "image"),
        ("[Photo] of you", "text"),
        ("[Link] https://x.org", "text"),
        ("Transfer me", "text"),
        ("[Smile]", "text"),
    ],
)
def test_only_whole_placeholders_are_none_of_their_words(
    tmp_path: Path, said: str, kind: str
) -> None:
    (message,) = read(put(tmp_path, Sample("a.txt", f"小明 (2023-05-01 10:00:00):{said}\n")))
    assert (message.kind, message.text) == (kind, said if kind == "text" else "")
