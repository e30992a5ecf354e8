"""WeFlow's Excel file, and the same saved again as CSV."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from storage.errors import InputError
from storage.importers.detect import importer_named
from storage.importers.file import ExportFile
from storage.importers.find_files import choose_files
from tests.storage.importers.samples import Sample, as_csv, put, read, read_sample, seen

COLUMNS = [
    "序号",
    "时间",
    "发送者昵称",
    "发送者微信ID",
    "发送者备注",
    "发送者身份",
    "消息类型",
    "内容",
]
HEADING: list[list[Any]] = [
    ["会话信息"],
    ["微信ID", "wxid_ming", None, "昵称", "小明", "备注", "明明"],
    [
        "导出工具",
        "WeFlow",
        "导出版本",
        "0.0.2",
        "平台",
        "wechat",
        "导出时间",
        "2026-01-01 10:00:00",
    ],
    [],
]
FRIEND = ["小明", "wxid_ming", "明明", "明明"]
OWNER = ["阿本", "wxid_me", None, "我"]
DIRECT: list[list[Any]] = [
    *HEADING,
    COLUMNS,
    [1, "2025-03-01 20:10:05", *FRIEND, "文本消息", "到家了吗\n在哪"],
    [2, "2025-03-01 20:10:31", *OWNER, "引用消息", "刚到[引用 明明：到家了吗]"],
    [3, "2025-03-01 20:11:00", *FRIEND, "图片消息", "media/images/a.jpg"],
    [4, "2025-03-01 20:11:05", *FRIEND, "链接消息", "周末去哪儿"],
    [5, "2025-03-01 20:11:10", *FRIEND, "系统消息", "明明 撤回了一条消息"],
    [6, "2025-03-01 20:11:20", *OWNER, "文本消息", "=好"],
    [7, "2025-03-01 20:11:30", *OWNER, "文本消息", None],
]
GROUP: list[list[Any]] = [
    ["会话信息"],
    ["微信ID", "1@chatroom", "昵称", "跑团群"],
    ["导出工具", "WeFlow", "导出时间", "2026-01-01 10:00:00"],
    [],
    ["序号", "时间", "发送者身份", "消息类型", "内容"],
    [1, "2025-03-01 20:10:05", "小明", "文本消息", "来吗"],
    [2, "2025-03-01 20:10:06", "阿本", "文本消息", "来"],
]
SEEN = [
    ("明明", False, "text", "到家了吗\n在哪"),
    ("阿本", True, "text", "刚到"),
    ("明明", False, "image", ""),
    ("明明", False, "link", ""),
    ("", False, "system", "明明 撤回了一条消息"),
    ("阿本", True, "text", "=好"),
    ("阿本", True, "text", ""),
]

SAMPLES = (
    Sample("weflow workbook.csv", as_csv(*DIRECT)),
    Sample("weflow compact.csv", as_csv(*GROUP), me="阿本"),
)


def workbook(path: Path, rows: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "聊天记录"
    for row in rows:
        sheet.append(row)
    for cell in sheet["H"]:
        cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type  # no formula
    book.save(path)
    return path


def test_a_workbook(tmp_path: Path) -> None:
    messages = read(workbook(tmp_path / "明明.xlsx", DIRECT))
    assert seen(messages) == SEEN
    assert {(m.chat_id, m.chat_name, m.chat_kind) for m in messages} == {
        ("wxid_ming", "明明", "direct")
    }
    assert [m.sender_id for m in messages[:2]] == ["wxid_ming", "wxid_me"]
    assert [m.recalled for m in messages] == [False] * 4 + [True] + [False] * 2


def test_the_same_as_csv(tmp_path: Path) -> None:
    assert seen(read_sample(tmp_path, "weflow workbook.csv")) == SEEN


def test_compact_columns_of_a_group(tmp_path: Path) -> None:
    messages = read(workbook(tmp_path / "群.xlsx", GROUP))
    assert seen(messages) == [("小明", None, "text", "来吗"), ("阿本", None, "text", "来")]
    assert {(m.chat_id, m.chat_name, m.chat_kind) for m in messages} == {
        ("1@chatroom", "跑团群", "group")
    }


def test_in_a_folder_another_workbook_is_listed_and_a_broken_one_told(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", DIRECT)
    workbook(tmp_path / "prices.xlsx", [["tea", 3]])
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 and no more")
    chosen = choose_files([tmp_path], None, None, 100)
    assert [file.path.name for file, _ in chosen.work.values()] == ["a.xlsx"]
    assert [path.name for path in chosen.skipped] == ["prices.xlsx"]
    assert [problem.path.name for problem in chosen.problems] == ["broken.xlsx"]


@pytest.mark.parametrize("content", [b"PK", b"PK\x03\x04", b"<html>", b"\x00" * 100])
def test_what_is_no_workbook_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        choose_files([path], None, None, 100)
    assert "\n" not in str(caught.value)


def test_a_row_without_a_time_is_left_out_and_reported(tmp_path: Path) -> None:

    file = ExportFile(
        put(tmp_path, Sample("a.csv", as_csv(*DIRECT, [8, None, *OWNER, "文本消息"])))
    )
    assert len(list(importer_named("weflow-xlsx").read(file))) == 7
    assert len(file.problems) == 1
