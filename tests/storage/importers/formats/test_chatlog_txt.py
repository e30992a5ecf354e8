"""chatlog's plain text."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.errors import InputError
from storage.importers.detect import recognizing
from storage.importers.file import ExportFile
from storage.importers.formats import chatlog_txt
from tests.storage.importers.samples import Sample, put, read, read_sample, seen

CHATLOG_TXT = """\
小明(wxid_f) 2024-10-04 11:43:05
在吗

我(我) 2024-10-04 11:43:09
在

还有一行

系统消息 2024-10-04 11:43:10
你撤回了一条消息

小明(wxid_f) 2024-10-04 11:43:15
![图片](http://127.0.0.1:5030/image/abc)

我(我) 2024-10-04 11:43:29
> 小明(wxid_f) 10-04 11:43:15
> 明天几点？
八点吧
小明(wxid_f) 10-04 11:43:15

我 2025-01-01 00:00:01
[合并转发|群聊的聊天记录]
  老王 2024-10-01 10:00

"""

NO_YEAR = """\
小明(wxid_f) 10-04 11:43:05
在吗

我(我) 10-05 11:43:09
在

"""

GROUPS = """\
小明(wxid_f) [跑团群(1@chatroom)] 2024-10-04 11:43:05
来吗

wxid_abcde [2@chatroom] 2024-10-04 11:43:06
几点

我(我) [跑团群(1@chatroom)] 2024-10-04 11:43:09
来

"""

SAMPLES = (
    Sample("chatlog.txt", CHATLOG_TXT),
    Sample("chatlog no year.txt", NO_YEAR),
    Sample("chatlog groups.txt", GROUPS),
)


def test_a_chat_of_two(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "chatlog.txt")
    assert seen(messages) == [
        ("小明", False, "text", "在吗"),
        ("我", True, "text", "在\n\n还有一行"),
        ("", False, "system", "你撤回了一条消息"),
        ("小明", False, "image", ""),
        ("我", True, "text", "八点吧\n小明(wxid_f) 10-04 11:43:15"),
        ("我", True, "forward", ""),
    ]
    assert {(m.chat_id, m.chat_name, m.chat_kind) for m in messages} == {
        ("wxid_f", "小明", "direct")
    }
    assert [m.recalled for m in messages] == [False, False, True, False, False, False]
    assert "明天几点" in (messages[4].raw or "")


def test_without_a_year_the_newest_possible_one_is_assumed(tmp_path: Path) -> None:
    file = ExportFile(put(tmp_path, Sample("a.txt", NO_YEAR)))
    first, second = chatlog_txt.read(file)
    assert second.sent_at - first.sent_at == (24 * 3600 + 4) * 1000
    now = datetime.now(UTC).timestamp() * 1000
    assert now - 367 * 24 * 3600_000 < second.sent_at <= now + 24 * 3600_000
    assert "no year" in file.notes[0]


def test_a_leap_day_needs_a_leap_year(tmp_path: Path) -> None:
    text = NO_YEAR.replace("10-04", "02-28").replace("10-05", "02-29")
    messages = read(put(tmp_path, Sample("a.txt", text)))
    assert datetime.fromtimestamp(messages[1].sent_at / 1000).astimezone().day == 29


def test_groups_that_were_exported_together(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "chatlog groups.txt")
    assert [(m.chat_id, m.chat_name, m.chat_kind, m.sender_id, m.from_owner) for m in messages] == [
        ("1@chatroom", "跑团群", "group", "wxid_f", False),
        ("2@chatroom", "2@chatroom", "group", "wxid_abcde", False),
        ("1@chatroom", "跑团群", "group", "我", True),
    ]


def test_messages_of_unknown_chats_among_groups_are_left_out(tmp_path: Path) -> None:
    file = ExportFile(put(tmp_path, Sample("a.txt", GROUPS + CHATLOG_TXT)))
    assert len(list(chatlog_txt.read(file))) == 3
    assert len(file.problems) == 6


def test_times_alone_are_refused(tmp_path: Path) -> None:
    path = put(tmp_path, Sample("a.txt", NO_YEAR.replace("10-04 ", "").replace("10-05 ", "")))
    file = ExportFile(path)
    assert [importer.NAME for importer in recognizing(file)] == ["chatlog-txt"]
    with pytest.raises(InputError, match="line 1: its times have no date"):
        list(chatlog_txt.read(file))


@pytest.mark.parametrize(
    "text",
    [
        "Mira 2023-05-01 10:00:00\nhey\n\nBen 2023-05-01 10:00:10\nhi\n",
        "hello\n\n小明(wxid_f) 2024-10-04 11:43:05\n在吗\n",
    ],
)
def test_what_is_not_chatlogs(tmp_path: Path, text: str) -> None:
    assert not chatlog_txt.recognizes(ExportFile(put(tmp_path, Sample("a.txt", text))))
