"""The TXT of QQChatExporter and of QQ Data Exporter."""

from pathlib import Path

import pytest

from storage.importers.programs.qq_exporter_words import said
from tests.storage.importers.samples import Sample, put, read, read_sample, seen

RULE = "=" * 47
HEADING = f"""\
[QQChatExporter V5 / https://github.com/shuakami/qq-chat-exporter]
[本软件是免费的开源项目~ 如果您是买来的，请立即退款！如果有帮助到您，欢迎给我点个Star~]

{RULE}
           QQ聊天记录导出文件
{RULE}

聊天名称: 小雨
聊天类型: 私聊
导出时间: 2026-01-07 10:00:00
消息总数: 5
时间范围: 2026-01-06 21:05:24 - 2026-01-06 21:08:24


"""
V5 = f"""{HEADING}\
小雨:
时间: 2026-01-06 21:05:24
内容: 来吗：
第二行


阿本:
时间: 2026-01-06 21:06:24
内容: [回复消息]来
提及: 小雨
回复: 01-06 21:05 小雨 - 来吗


小雨:
时间: 2026-01-06 21:07:24
内容: [图片:ABCDEF123456.jpg]
资源: 1 个文件
  - image: ABCDEF123456.jpg


阿本:
时间: 2026-01-06 21:07:30
内容: [视频:a[1].mp4]


小雨:
时间: 2026-01-06 21:08:24
内容: [转发消息: 2条]
 老王: 你好

{RULE}
              导出完成
{RULE}
总计导出 5 条消息
导出时间: 2026-01-07 10:00:00"""

GROUP = f"""\
[QQChatExporter V5 / https://github.com/shuakami/qq-chat-exporter]

{RULE}
           QQ聊天记录导出文件
{RULE}

聊天名称: 同学群
聊天类型: 群聊

[1]
[群主] Alice:
时间: 2023-11-15 06:15:23
类型: image
内容: [image、file消息]
资源: 2 个文件
  - image: one.jpg
  - file: two.zip

[2]
阿本:
时间: 2023-11-15 06:15:30
内容: 好

[3]
Alice:
时间: 2023-11-15 06:16:00
内容: [系统消息]
"""

STREAMED = f"""\
[QQChatExporter V4 / Streaming Mode]
[感谢使用QQ聊天记录导出工具 - https://github.com/shuakami/qq-chat-exporter]

{RULE}
           QQ聊天记录导出文件
{RULE}

聊天名称: 小雨
聊天类型: 私聊
导出时间: 2025/9/1 10:00:00

[#1] 2025/8/6 21:05:24 小雨
来吗
[#2] 2025/8/6 21:06:24 阿本
[image: a.jpg] [image: b.jpg]
[#3] 2025/8/6 21:06:30 小雨
[无文本内容]

{RULE}
导出完成，感谢使用！
"""

NUMBERED = f"""\
[QQ Data Exporter / NapCatQQ]

{RULE}
           QQ聊天记录导出文件
{RULE}

聊天名称: 小雨
聊天类型: 私聊
好友ID: 10001
导出时间: 2026-01-07 10:00:00
消息总数: 2

小雨:
发送者ID: 10001
时间: 2026-01-06 21:05:24
内容: 来吗

阿本:
发送者ID: 20002
时间: 2026-01-06 21:06:24
内容: [回复 : 来吗]
来
回复:  - 来吗
"""

SAMPLES = (
    Sample("qq exporter.txt", V5),
    Sample("qq exporter group.txt", GROUP, me="阿本"),
    Sample("qq exporter streamed.txt", STREAMED),
    Sample("qq data exporter.txt", NUMBERED),
)


def test_a_chat_of_two(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "qq exporter.txt")
    assert seen(messages) == [
        ("小雨", False, "text", "来吗：\n第二行"),
        ("阿本", True, "text", "来"),
        ("小雨", False, "image", ""),
        ("阿本", True, "video", ""),
        ("小雨", False, "forward", ""),
    ]
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("小雨", "direct")}
    assert "回复: 01-06 21:05 小雨 - 来吗" in (messages[1].raw or "")


def test_a_group_with_badges_numbers_and_types(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "qq exporter group.txt")
    assert seen(messages) == [
        ("Alice", None, "image", ""),
        ("阿本", None, "text", "好"),
        ("", False, "system", "[系统消息]"),
    ]
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("同学群", "group")}


def test_the_text_of_version_4_in_streaming_mode(tmp_path: Path) -> None:
    assert seen(read_sample(tmp_path, "qq exporter streamed.txt")) == [
        ("小雨", False, "text", "来吗"),
        ("阿本", True, "image", ""),
        ("小雨", False, "other", ""),
    ]


def test_numbers_of_people_and_chats(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "qq data exporter.txt")
    assert [(m.chat_id, m.sender_id, m.from_owner, m.text) for m in messages] == [
        ("10001", "10001", False, "来吗"),
        ("10001", "20002", True, "来"),
    ]
    assert not messages[0].chat_id_is_name


def test_a_line_of_the_platform_about_a_message_that_was_taken_back(tmp_path: Path) -> None:
    text = f"{HEADING}小雨:\n时间: 2026-01-06 21:05:24\n内容: 小雨撤回了一条消息\n"
    (message,) = read(put(tmp_path, Sample("a.txt", text)))
    assert (message.kind, message.recalled, message.sender_id) == ("system", True, "")


@pytest.mark.parametrize(
    ("lines", "kind", "words"),
    [
        (["内容: [开心]"], "text", "[开心]"),
        (["内容: 看[图片:a[1].jpg]这个"], "image", "看这个"),
        (["看", "[image: a.jpg] [image: b.jpg]"], "image", "看"),
        (["内容: [表情12]"], "sticker", ""),
        (["内容: [语音:5秒]"], "voice", ""),
        (["内容: 图片消息呢"], "text", "图片消息呢"),
        (["内容: 一", "资源: 3 个文件"], "text", "一\n资源: 3 个文件"),
        (["内容: 一", "提及: 小雨"], "text", "一"),
        (["内容: [分享: 标题] 描述"], "link", ""),
        (["内容: [回复 小雨: [图片]]", "好"], "text", "好"),
        ([], "other", ""),
    ],
)
def test_only_whole_placeholders_are_none_of_their_words(
    lines: list[str], kind: str, words: str
) -> None:
    assert said(lines)[:2] == (kind, words)
