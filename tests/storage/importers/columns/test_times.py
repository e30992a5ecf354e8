"""Times as tables write them."""

import time
from collections.abc import Iterator

import pytest

from storage.importers.columns.times import ColumnTimes
from storage.importers.record_fields import BadRow

MAY_1 = 1_682_935_200_000  # 2023-05-01T10:00:00Z


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def read(*texts: str) -> list[tuple[int, bool]]:
    times = ColumnTimes(None)
    for text in texts:
        times.see(text)
    times.decide()
    return [times.read(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        *("2023-05-01 10:00:00", "2023-05-01T10:00:00", "2023/5/1 10:00:00", "2023.05.01 10:00:00"),
        *("2023-05-01T10:00:00Z", "2023-05-01 10:00:00.250 UTC", "2023-05-01T12:00:00+02:00"),
        *("2023-05-01 18:00:00 +0800", "2023年5月1日 10:00:00", "2023年5月1日 上午10:00:00"),
        *("2023-05-01, 10:00:00 AM", "1682935200", "1682935200.0", "1682935200000"),
        *("May 1, 2023 10:00:00 AM", "1 May 2023, 10:00:00", "Mon May 01 2023 10:00:00"),
        *("Mon, 01 May 2023 18:00:00 +0800", "1 May 2023 10:00:00 GMT"),
        *("1682935200000000", "1682935200000000000", "٢٠٢٣-٠٥-٠١ ١٠:٠٠:٠٠", "1/5/2566 10:00:00"),
    ],
)
def test_one_moment_in_many_ways(text: str) -> None:
    ((moment, to_the_minute),) = read(text)
    assert moment // 1000 * 1000 == MAY_1 or text.startswith("1/5")
    assert not to_the_minute


def test_a_time_without_a_second_is_to_the_minute() -> None:
    assert read("2023-05-01 10:00") == [(MAY_1, True)]


@pytest.mark.parametrize(
    "text",
    [
        *("", "hey", "10:00", "2023-05-01", "1.68E+12", "45047.41667", "7", "2023-13-45 10:00"),
        *("2023-05-01 25:00", "2023-05-01 Monday 10:00", "9" * 400, "T" * 60 + "\n", "nan", "-1"),
        *("Mon, 01 Mai 2023 10:00", "May 40, 2023 10:00", "a" * 60, "1 May 2023 10:00 +9999"),
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadRow):
        read("2023-05-01 10:00", text)


def test_all_rows_settle_what_is_the_day() -> None:
    first, _ = read("05/01/2023 10:00:00", "13/01/2023 10:00:00")
    assert first[0] == 1_672_912_800_000  # the 5th of January
    (first, _) = read("05/01/2023 10:00:00", "05/13/2023 10:00:00")
    assert first[0] == MAY_1


def test_a_table_may_begin_with_the_newest() -> None:
    days = ("01/03/2023", "28/02/2023", "05/02/2023", "04/02/2023", "03/02/2023", "02/02/2023")
    newest, *_ = read(*(f"{day} 10:00:00" for day in days))
    assert newest[0] == 1_677_664_800_000  # the 1st of March


def test_dates_that_fit_two_orders_are_noted() -> None:
    times = ColumnTimes(None)
    times.see("03/04/2023 10:00")
    assert "--dates settles it" in (times.decide() or "")
