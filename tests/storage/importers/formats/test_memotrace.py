"""MemoTrace's CSV with its three headers."""

from pathlib import Path

from storage.importers.detect import detect
from storage.importers.file import ExportFile
from tests.storage.importers.samples import T0, Sample, as_csv, put, read_sample, sample_named, seen

HEADER = [
    "localId",
    "TalkerId",
    "Type",
    "SubType",
    "IsSender",
    "CreateTime",
    "Status",
    "StrContent",
    "StrTime",
]
MEMOTRACE = "\ufeff" + as_csv(
    [*HEADER, "Remark", "NickName", "Sender"],
    [1, 7, 1, 0, 0, T0, "", "在吗", "2024-10-04 11:43:05", "小明", "明", "wxid_f"],
    [2, 7, 1, 0, 1, T0 + 4, "", "在", "2024-10-04 11:43:09", "", "我", "wxid_me"],
    [3, 7, 3, 0, 0, T0 + 5, "", "<msg/>", "2024-10-04 11:43:10", "小明", "明", "wxid_f"],
    [4, 9, 1, 0, 0, T0 + 6, "", "hi", "2024-10-04 11:43:11", "", "Ann", "wxid_ann"],
)
OLD = "\ufeff" + as_csv(
    HEADER,
    [1, 7, 1, 0, 0, T0, "", "在吗", "2024-10-04 11:43:05", "7594861486645126963"],
    [2, 7, 1, 0, 1, T0 + 4, "", "在", "2024-10-04 11:43:09", "7594861486645126964"],
)
CHINESE = "\ufeff" + as_csv(
    ["消息ID", "类型", "发送人", "时间", "内容", "备注", "昵称", "更多信息"],
    ["1", "文本", "小明", "2024-10-04 11:43:05", "在吗", "小明", "明", ""],
    ["2", "文本", "我", "2024-10-04 11:43:09", "在", "", "我", ""],
)

SAMPLES = (
    Sample("memotrace.csv", MEMOTRACE),
    Sample("old.csv", OLD),
    Sample("chinese.csv", CHINESE, me="我"),
)


def test_memotrace_keeps_contacts_apart_that_share_a_file(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "memotrace.csv")
    assert [m.chat_id for m in messages] == ["wxid_f"] * 3 + ["wxid_ann"]
    assert [m.chat_name for m in messages] == ["小明"] * 3 + ["Ann"]
    assert [m.from_owner for m in messages] == [False, True, False, False]
    assert (messages[2].kind, messages[2].raw) == ("image", "<msg/>")


def test_memotrace_with_a_header_shorter_than_its_rows(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "old.csv")
    assert [(m.chat_id, m.text) for m in messages] == [("old", "在吗"), ("old", "在")]


def test_the_chinese_header_says_that_it_is_unconfirmed(tmp_path: Path) -> None:
    file = ExportFile(put(tmp_path, sample_named("chinese.csv")))
    importer = detect(file)
    assert importer is not None
    assert seen(list(importer.read(file))) == [
        ("小明", None, "text", "在吗"),
        ("我", None, "text", "在"),
    ]
    assert any("unconfirmed" in note for note in file.notes)
