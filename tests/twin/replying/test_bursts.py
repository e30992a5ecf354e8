"""What is open is found at once, however long the log."""

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message
from storage.outbox import count_replies
from tests.twin.driver import Bot
from twin.replying.bursts import last_undecided, open_burst


@pytest.fixture
def db(bot: Bot) -> Database:
    return bot.db


def plans(db: Database, queries: list[str]) -> list[str]:
    return [row[3] for query in queries for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]


def test_a_burst_is_read_from_its_beginning_and_not_from_the_chats(db: Database) -> None:
    ann = upsert_chat(db, "fake", "ann", "Ann").id
    for origin, text in (("peer", "old"), ("owner", "yes"), ("peer", "new"), ("peer", "er")):
        log_message(db, NewMessage(ann, origin, text, 1))  # type: ignore[arg-type]
    log_message(db, NewMessage(ann, "peer", "imported", 1, source="wechat"))
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    burst, last = open_burst(db, ann), last_undecided(db, ann)
    db.conn.set_trace_callback(None)
    assert [message.text for message in burst] == ["new", "er"]
    assert last == burst[-1].id
    read = [plan for plan in plans(db, asked) if "messages" in plan]
    assert len(read) == 3
    assert all("USING INDEX idx_messages_live" in plan or "COVERING" in plan for plan in read)
    assert sum("rowid>?" in plan for plan in read) == 2


def test_replies_are_counted_without_reading_all_that_were_ever_sent(db: Database) -> None:
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    assert count_replies(db, 0, chat_id=1) == 0
    db.conn.set_trace_callback(None)
    assert any("idx_outbox_created_at (created_at>?)" in plan for plan in plans(db, asked))
