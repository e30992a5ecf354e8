from datetime import UTC
from zoneinfo import ZoneInfo

from training.dataset.message_report import MessageReport

JANUARY_END = 2_678_399_000  # 1970-01-31 23:59:59 UTC


def test_messages_are_counted_by_chat_month_and_reason() -> None:
    report = MessageReport(UTC)
    report.add(1, JANUARY_END, "target", 2)
    report.add(1, JANUARY_END + 1000, "context", 3)
    report.add(2, 0, "dropped", 4, "blank")
    report.add(2, 0, "dropped", 9, "system")
    report.add(2, 0, "target", 0)
    assert report.total("target") == 2
    assert list(report.dropped.items()) == [("system", 9), ("blank", 4)]
    assert list(report.by_chat().items()) == [
        (2, {"target": 0, "context": 0, "dropped": 13}),
        (1, {"target": 2, "context": 3, "dropped": 0}),
    ]
    assert list(report.by_month()) == ["1970-01", "1970-02"]
    assert report.by_month()["1970-02"] == {"target": 0, "context": 3, "dropped": 0}


def test_a_month_is_the_owner_s() -> None:
    report = MessageReport(ZoneInfo("Asia/Kathmandu"))  # a quarter of an hour off the full hours
    report.add(1, JANUARY_END, "target")
    assert list(report.by_month()) == ["1970-02"]
