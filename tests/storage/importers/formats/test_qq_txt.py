"""QQ's own TXT."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.importers.base import ImportedMessage
from storage.importers.import_files import import_paths
from tests.storage.importers.samples import Sample, put, read, read_sample, seen

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


RULE = "=" * 64


def section(group: str, chat: str) -> str:
    return f"{RULE}\n消息分组:{group}\n{RULE}\n消息对象:{chat}\n{RULE}\n\n"


def qq(tmp_path: Path, *parts: str) -> list[ImportedMessage]:
    text = "消息记录（此消息记录为文本格式，不支持重新导入）\n\n" + "".join(parts)
    return read(put(tmp_path, Sample("全部消息记录.txt", text)))


def test_all_chats_in_one_file(tmp_path: Path) -> None:
    messages = qq(
        tmp_path,
        section("大学同学", "阿青(31313)"),
        "2015-03-04 09:00:00 阿青\n早\n\n2015-03-04 09:00:09 老白\n早呀\n\n",
        section("我的群聊", "读书会"),
        "2015-03-05 21:00:00 【群主】阿青(31313)\n在读什么\n\n",
        "2015-03-05 21:00:30 【潜水】老白(42424)\n老人与海\n\n",
    )
    assert [(m.chat_name, m.chat_kind, m.sender_id, m.sender_name) for m in messages] == [
        ("阿青", "direct", "阿青", "阿青"),
        ("阿青", "direct", "老白", "老白"),
        ("读书会", "group", "31313", "阿青"),
        ("读书会", "group", "42424", "老白"),
    ]
    assert [m.text for m in messages] == ["早", "早呀", "在读什么", "老人与海"]


def test_one_name_means_its_number_in_a_group_and_the_name_elsewhere(
    db: Database, tmp_path: Path
) -> None:
    head = section("我的好友", "阿青")
    direct = "2015-03-04 09:00:09 老白\n早呀\n\n" + section("我的群聊", "读书会")
    text = f"{head}{direct}2015-03-05 21:00:30 老白(42424)\n晚\n\n"
    path = put(tmp_path, Sample("qq.txt", text))
    for me in ("老白", "42424"):
        assert import_paths(db, [path], me=me, dry_run=True).owner == 2


def test_clocks_of_twelve_hours_and_people_called_pm(tmp_path: Path) -> None:
    twelve = "2018-01-02 12:05:00 AM 阿青(31313)\n一\n\n2018-01-02 1:05:00 PM 老白(42424)\n二\n\n"
    messages = qq(tmp_path, section("我的群聊", "群"), twelve)
    times = [datetime.fromtimestamp(m.sent_at / 1000).astimezone().hour for m in messages]
    assert (times, [m.sender_name for m in messages]) == ([0, 13], ["阿青", "老白"])
    named = "2018-01-02 9:05:00 PM 小组(31313)\n一\n\n2018-01-02 13:05:00 老白(42424)\n二\n\n"
    messages = qq(tmp_path, section("我的群聊", "群"), named)
    assert [m.sender_name for m in messages] == ["PM 小组", "老白"]


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ("看[图片]这只猫[表情]", "image", "看这只猫"),
        ("好的[表情]", "text", "好的"),
        ("[表情][表情]", "sticker", ""),
        ("[图片]", "image", ""),
        ("[1]是第一条", "text", "[1]是第一条"),
        ("[QQ红包]我发了一个“专享红包”，请使用新版手机QQ查收红包。", "transfer", ""),
        ("[闪照]请使用新版手机QQ查看闪照", "image", ""),
        ("通话时长 01:20", "call", ""),
        ("对方撤回了一条消息", "system", "对方撤回了一条消息"),
        ("2015-03-05 21:00:00 通知\n全体", "text", "2015-03-05 21:00:00 通知\n全体"),
    ],
)
def test_kinds_within_a_line(tmp_path: Path, said: str, kind: str, words: str) -> None:
    (message,) = qq(tmp_path, section("我的好友", "阿青"), f"2015-03-05 21:00:00 阿青\n{said}\n\n")
    assert (message.kind, message.text) == (kind, words)


def test_lines_of_the_platform(tmp_path: Path) -> None:
    text = "2015-03-05 21:00:00 系统消息(1000000)\n阿青撤回了一条消息\n\n"
    other = "2015-03-05 21:00:10 阿青(31313)\n嗯\n\n"
    system, words = qq(tmp_path, section("我的群聊", "群"), text, other)
    assert (system.sender_id, system.kind, system.recalled) == ("", "system", True)
    assert words.text == "嗯"
