"""Messages and replies by the owner's days."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.daily_counts import MESSAGES, QUARTER_MS, REPLIES, DayCount, daily_counts
from storage.database import open_database
from storage.messages import NewMessage, Origin, log_message
from storage.outbox import record_decision
from twin.clock import local_day, midnight

BERLIN = ZoneInfo("Europe/Berlin")
# The clocks went back in the night to the 25th: it had 25 hours.
DAYS = [date(2026, 10, 24) + timedelta(number) for number in range(3)]


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return open_database(tmp_path / "twin.db")


def at(utc: str) -> int:
    return int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp() * 1000)


def counted(db: Database) -> list[DayCount]:
    since = midnight(DAYS[0], BERLIN)
    return daily_counts(db, DAYS, since, partial(local_day, zone=BERLIN))


def test_days_are_the_owners_also_where_one_has_25_hours(db: Database) -> None:
    chat = upsert_chat(db, "web", "anna", "Anna")
    messages: list[tuple[Origin, str]] = [
        ("peer", "2026-10-23T21:59:59"),  # the day before
        ("peer", "2026-10-23T22:00"),
        ("owner", "2026-10-24T21:59:59"),
        ("peer", "2026-10-24T22:00"),
        ("peer", "2026-10-25T22:59:59"),
        ("twin", "2026-10-25T22:59:59"),
        ("owner", "2026-10-25T23:00"),
        ("peer", "2099-01-01T00:00"),  # of a wrong clock
    ]
    for origin, time in messages:
        assert log_message(db, NewMessage(chat.id, origin, "hello", at(time))) is not None
    assert counted(db) == [
        DayCount(DAYS[0], friends=1, owner=1),
        DayCount(DAYS[1], friends=2),
        DayCount(DAYS[2], owner=1),
    ]


def test_a_reply_counts_once_however_many_pieces_it_has(db: Database) -> None:
    chat = upsert_chat(db, "web", "anna", "Anna")
    sent_at = at("2026-10-25T12:00")
    for state, approved_at in (("sent", None), ("sent", 1), ("draft", None), ("rejected", None)):
        asked = log_message(db, NewMessage(chat.id, "peer", "hi", sent_at))
        assert asked is not None
        record_decision(db, chat.id, asked, "answered", ("one", "two"), state="draft")
        db.execute(
            "UPDATE outbox SET state = ?, approved_at = ?, created_at = ? WHERE decision_id = "
            "(SELECT MAX(id) FROM decisions)",
            [state, approved_at, sent_at],
        )
    assert counted(db)[1] == DayCount(DAYS[1], friends=4, by_itself=1, approved=1)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (MESSAGES, "messages USING COVERING INDEX idx_messages_chat_id_sent_at_id_origin"),
        (REPLIES, "outbox USING INDEX idx_outbox_created_at"),
    ],
)
def test_no_query_reads_the_whole_log(db: Database, query: str, index: str) -> None:
    plan = db.execute(f"EXPLAIN QUERY PLAN {query}", {"since": 0, "quarter": QUARTER_MS})
    assert any(f"SEARCH {index}" in row[3] for row in plan)
