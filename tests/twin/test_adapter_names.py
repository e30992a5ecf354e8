"""What people call an adapter."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.adapters import register_adapter
from storage.database import open_database
from storage.runs import start_run
from twin import adapter_names
from twin.adapter_names import AdapterNames
from twin.config.schema import ScheduleSettings
from twin.language import Language

SHANGHAI = ScheduleSettings(timezone="Asia/Shanghai")
CHINESE = Language("zh_CN")


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setattr(adapter_names, "now_ms", lambda: at("2026-12-01T12:00"))
    return open_database(tmp_path / "twin.db")


def at(utc: str) -> int:
    """The time in UTC milliseconds."""
    return int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp() * 1000)


def add(db: Database, name: str, made: str, night: str | None = None) -> int:
    """An adapter that was made at that time in UTC; the number of its run."""
    run = start_run(db, "nightly" if night else "manual", 1, night)
    register_adapter(
        db,
        name=name,
        base_model="a base",
        path=f"adapters/{name}",
        rules="sessions",
        dataset_hash="",
        run_id=run,
        metrics={},
    )
    db.execute("UPDATE adapters SET created_at = ? WHERE name = ?", [at(made), name])
    return run


def test_of_a_night_by_its_date_in_the_owners_zone(db: Database) -> None:
    add(db, "one", "2026-11-28T19:41", night="2026-11-29")
    assert AdapterNames(db, SHANGHAI).of("one") == "the night of 29 November"
    assert AdapterNames(db, SHANGHAI, CHINESE).of("one") == "11月29日夜间版"


def test_trained_by_hand_by_the_owners_day_and_time(db: Database) -> None:
    add(db, "one", "2026-11-28T19:41")
    assert AdapterNames(db, SHANGHAI).of("one") == "the training of 29 November at 03:41"
    assert AdapterNames(db, SHANGHAI, CHINESE).of("one") == "11月29日 03:41 手动训练版"


def test_two_of_one_night_have_the_time_and_of_one_minute_the_run(db: Database) -> None:
    utc = ScheduleSettings(timezone="UTC")
    add(db, "early", "2026-11-29T03:41", night="2026-11-29")
    one = add(db, "late", "2026-11-29T05:02", night="2026-11-29")
    other = add(db, "later", "2026-11-29T05:02", night="2026-11-29")
    by_hand = add(db, "by hand", "2026-11-29T05:02")
    names = AdapterNames(db, utc)
    assert [names.of(name) for name in ("early", "late", "later", "by hand")] == [
        "the night of 29 November at 03:41",
        f"the night of 29 November at 05:02 (run {one})",
        f"the night of 29 November at 05:02 (run {other})",
        "the training of 29 November at 05:02",
    ]
    assert by_hand not in (one, other)


def test_an_hour_that_the_clocks_show_twice(db: Database) -> None:
    berlin = ScheduleSettings(timezone="Europe/Berlin")
    first, second = add(db, "a", "2026-10-25T00:30"), add(db, "b", "2026-10-25T01:30")
    names = AdapterNames(db, berlin)
    assert names.of("a") == f"the training of 25 October at 02:30 (run {first})"
    assert names.of("b") == f"the training of 25 October at 02:30 (run {second})"


def test_another_year_is_said(db: Database) -> None:
    add(db, "one", "2025-12-31T03:41", night="2025-12-31")
    assert AdapterNames(db, SHANGHAI).of("one") == "the night of 31 December 2025"
    assert AdapterNames(db, SHANGHAI, CHINESE).of("one") == "2025年12月31日夜间版"


def test_the_id_stands_beside_it_for_commands_and_alone_for_an_unknown_one(db: Database) -> None:
    add(db, "one", "2026-11-28T19:41", night="2026-11-29")
    names = AdapterNames(db, SHANGHAI)
    assert names.with_id("one") == "the night of 29 November (one)"
    assert (names.of("gone"), names.with_id("gone")) == ("gone", "gone")
    assert names.listed(["one", "gone"]) == "the night of 29 November, gone"
