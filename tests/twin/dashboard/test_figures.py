"""Figures of the last days and of the machine."""

from datetime import timedelta
from pathlib import Path

from storage.chats import upsert_chat
from storage.database import open_database
from storage.messages import NewMessage, log_message
from tests.twin.fakes import FakeTime, config_in
from twin.clock import local_day, zone_of
from twin.dashboard.figures import DAYS, figures_of


def test_the_days_end_today_and_the_folder_is_measured(tmp_path: Path) -> None:
    config, time = config_in(tmp_path), FakeTime()
    db, now = open_database(config.database), time.clock.now()
    chat = upsert_chat(db, "web", "anna", "Anna")
    log_message(db, NewMessage(chat.id, "peer", "hello", now))
    before = figures_of(config, time.clock).folder
    (config.data / "media").mkdir()
    (config.data / "media" / "a.jpg").write_bytes(bytes(5000))
    (config.data / "media" / "gone.jpg").symlink_to("nowhere")
    figures = figures_of(config, time.clock)
    assert figures.folder >= before + 5000
    today = local_day(now, zone_of(config.schedule))
    days = [today - timedelta(ago) for ago in reversed(range(DAYS))]
    assert [one.day for one in figures.days] == days
    assert [one.friends for one in figures.days] == [0] * (DAYS - 1) + [1]
    assert min(figures.free_disk, figures.memory, figures.free_memory) > 0
