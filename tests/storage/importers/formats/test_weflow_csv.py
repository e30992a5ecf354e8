"""WeFlow's CSV."""

from pathlib import Path

from tests.storage.importers.samples import T0, Sample, as_csv, read_sample, seen

WEFLOW_CSV = "\ufeff" + as_csv(
    ["id", "MsgSvrID", "type_name", "is_sender", "talker", "msg", "src", "CreateTime"],
    [1, "7594861486645126963", "text", 0, "小明", "在吗", "", "2024-10-04T03:43:05.000Z"],
    [2, "7594861486645126964", "text", 1, "我", "在", "", "2024-10-04T03:43:09.000Z"],
    [3, "7594861486645126965", "image", 0, "小明", "图片", "a.jpg", "2024-10-04T03:44:00.000Z"],
)

SAMPLES = (Sample("weflow.csv", WEFLOW_CSV),)


def test_messages(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "weflow.csv")
    assert seen(messages) == [
        ("小明", False, "text", "在吗"),
        ("我", True, "text", "在"),
        ("小明", False, "image", ""),
    ]
    assert [m.sent_at for m in messages] == [T0 * 1000, (T0 + 4) * 1000, (T0 + 55) * 1000]
    assert messages[0].external_id == "7594861486645126963"
