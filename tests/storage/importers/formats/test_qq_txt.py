"""QQ's own TXT."""

from pathlib import Path

from tests.storage.importers.samples import Sample, read_sample, seen

QQ_TXT = """\
消息记录（此消息记录为文本格式，不支持重新导入）

================================================================
消息分组:我的好友
================================================================
消息对象:小明
================================================================

2019-07-16 18:15:05 小明(23333)
在吗
有空吗

2019-07-16 8:15:09 我(10001)
[图片]

"""

SAMPLES = (Sample("qq.txt", QQ_TXT, me="10001"),)


def test_qq_txt(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "qq.txt")
    assert [(m.sender_id, *s) for m, s in zip(messages, seen(messages), strict=True)] == [
        ("23333", "小明", None, "text", "在吗\n有空吗"),
        ("10001", "我", None, "image", ""),
    ]
    assert messages[0].chat_name == "小明"
