"""Entries of a conversation are in order, and a long log does not make it slower."""

from datetime import UTC, date
from zoneinfo import ZoneInfo

import pytest
from sqlite_utils import Database

from storage.chats import Chat, upsert_chat
from storage.decisions import BurstVerdict, Undelivered, last_verdicts
from storage.edits import change_wording
from storage.listings import last_messages, page_of_chats
from storage.messages import NewMessage, log_message
from storage.outbox import add_piece, record_decision
from storage.unread import first_unread, unread_counts
from storage.values import MOST
from storage.windows import Window, go_back, go_on, window_around, window_at_end
from twin.dashboard.pages.timeline import (
    DayBegins,
    Entry,
    LoggedMessage,
    Timeline,
    UnreadBegins,
    read_timeline,
)
from twin.dashboard.wording import reason_in
from twin.language import Language


@pytest.fixture
def ann(db: Database) -> Chat:
    return upsert_chat(db, "fake", "ann", "Ann")


def log(db: Database, chat: Chat, text: str, at: int, media: str | None = None) -> int:
    return log_message(db, NewMessage(chat.id, "peer", text, at, media=media)) or 0


def words_of(entry: Entry) -> str:
    match entry:
        case LoggedMessage():
            return entry.message.text
        case BurstVerdict():
            return entry.reason
        case Undelivered():
            return entry.text
        case DayBegins():
            return f"{entry.day} {entry.ago}"
        case UnreadBegins():
            return "new"


def read(db: Database, chat: Chat, window: Window, unread: int | None = None) -> Timeline:
    return read_timeline(db, chat.id, window, UTC, today=date(1970, 1, 3), unread=unread)


def entries(db: Database, chat: Chat, count: int) -> list[Entry]:
    """Without the day, which is the same for all."""
    _, *rest = read(db, chat, window_at_end(db, chat.id, count)).entries.values()
    return rest


def shown(db: Database, chat: Chat, count: int) -> tuple[list[str], bool]:
    timeline = read(db, chat, window_at_end(db, chat.id, count))
    return [words_of(one) for one in list(timeline.entries.values())[1:]], timeline.has_older


def test_what_was_changed_has_its_earlier_wordings(db: Database, ann: Chat) -> None:
    log_message(db, NewMessage(ann.id, "peer", "at seven?", 1, external_id="1"))
    log(db, ann, "well?", 2)
    for text in ("at eight?", "at nine?"):
        change_wording(db, ann.id, "1", text, at=3)
    first, last = entries(db, ann, 9)
    assert isinstance(first, LoggedMessage)
    assert isinstance(last, LoggedMessage)
    assert (first.message.text, first.earlier) == ("at nine?", ("at seven?", "at eight?"))
    assert last.earlier == ()


def test_messages_reasons_and_unsent_words_in_the_order_of_time(db: Database, ann: Chat) -> None:
    record_decision(db, ann.id, log(db, ann, "one", 10), "paused", now=11)
    record_decision(db, ann.id, log(db, ann, "two", 20), "answered", ["said"], state="sent", now=21)
    add_piece(db, ann.id, "lost", "doubt", now=25)
    log(db, ann, "three", 30, media="media/a.png")
    log(db, upsert_chat(db, "fake", "bob", "Bob"), "other", 15)
    assert shown(db, ann, 9) == (["one", "paused", "two", "lost", "three"], False)
    assert shown(db, ann, 2) == (["two", "lost", "three"], True)
    assert shown(db, ann, 1) == (["three"], True)
    *_, last = entries(db, ann, 9)
    assert isinstance(last, LoggedMessage)
    assert last.media == "media/a.png"


def test_an_answer_tells_what_it_stood_on(db: Database, ann: Chat) -> None:
    old, asked = log(db, ann, "it is blue", 1), log(db, ann, "which one?", 20)
    record_decision(db, ann.id, asked, "answered", ["blue"], state="sent", memory=[old], now=21)
    *_, last = entries(db, ann, 9)
    assert isinstance(last, BurstVerdict)
    assert [each.text for each in last.memory] == ["it is blue"]


def test_a_message_is_shown_with_what_lies_around_it(db: Database, ann: Chat) -> None:
    numbers = [log(db, ann, str(at), at) for at in range(60)]
    record_decision(db, ann.id, numbers[13], "paused", now=99)
    add_piece(db, ann.id, "lost", "doubt", now=99)
    window = window_around(db, ann.id, numbers[10], 3)
    assert window is not None
    timeline = read(db, ann, window)
    words = [words_of(entry) for entry in timeline.entries.values()]
    assert words == ["1970-01-01 2", *map(str, range(7, 14)), "paused"]
    assert (timeline.has_older, timeline.has_newer) == (True, True)


def test_what_came_before_is_reached_where_all_that_was_shown_is_gone(
    db: Database, ann: Chat
) -> None:
    """As where an import that was interrupted is undone while the page is open."""
    for at in (10, 20, 30, 40):
        log(db, ann, str(at), at)
    window = window_at_end(db, ann.id, 2)
    db.execute("DELETE FROM messages WHERE sent_at >= 30")
    timeline = read(db, ann, window)
    assert (dict(timeline.entries), timeline.has_older) == ({}, True)
    timeline = read(db, ann, go_back(db, ann.id, window, 1))
    assert [words_of(entry) for entry in timeline.entries.values()] == ["1970-01-01 2", "20"]
    db.execute("DELETE FROM messages")
    assert read(db, ann, window) == Timeline({}, False, False)


def test_days_by_the_owners_clocks_and_what_is_new(db: Database, ann: Chat) -> None:
    hour = 3_600_000
    numbers = [log(db, ann, f"at {at}", at * hour) for at in (1, 15, 17, 47)]
    window, zone = window_at_end(db, ann.id, 9), ZoneInfo("Asia/Shanghai")
    today = date(1970, 1, 2)
    timeline = read_timeline(db, ann.id, window, zone, today=today, unread=numbers[2])
    assert [words_of(entry) for entry in timeline.entries.values()] == [
        *("1970-01-01 1", "at 1", "at 15"),
        *("1970-01-02 0", "new", "at 17"),
        *("1970-01-03 -1", "at 47"),
    ]


def test_a_time_that_no_calendar_has_is_shown(db: Database, ann: Chat) -> None:
    for at in (-MOST, MOST):
        log(db, ann, f"{at}", at)
    words, _ = shown(db, ann, 9)
    assert words[0] == f"{-MOST}"
    assert words[-1] == f"{MOST}"


def test_no_query_of_the_pages_reads_a_whole_log(db: Database, ann: Chat) -> None:
    log(db, ann, "hi", 1)
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    for window in (window_at_end(db, ann.id, 40), window_around(db, ann.id, 1, 40)):
        assert window is not None
        read(db, ann, go_on(db, ann.id, go_back(db, ann.id, window, 40), 40))
    first_unread(db, ann.id)
    unread_counts(db, [ann.id])
    page_of_chats(db, search="a")
    last_verdicts(db, [ann.id])
    last_messages(db, [ann.id])
    db.conn.set_trace_callback(None)
    plans = [
        row[3]
        for query in asked
        for row in db.execute(f"EXPLAIN QUERY PLAN {query}")
        if "messages" in row[3] or "decisions" in row[3] or "outbox" in row[3]
    ]
    assert plans
    assert not [plan for plan in plans if plan.startswith("SCAN")]
    by_number = "SEARCH messages USING INTEGER PRIMARY KEY (rowid=?)"
    assert by_number in plans  # the files, and not by reading the chat


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        ("answered", "已回复"),
        ("quiet hours: 23:30-07:30", "免打扰时间 23:30-07:30"),
        ("messages in this chat within an hour: 20", "一小时内在此聊天已发 20 条"),
        ("the reply was held back: passwords", "回复被拦下：密码"),
        ("the reply was held back: {x}\n.*", "回复被拦下：{x}\n.*"),
        ("quiet hours 23:30-07:30", "quiet hours 23:30-07:30"),  # kept by an older version
        ("quiet hours", "quiet hours"),
    ],
)
def test_reasons_in_the_owners_language(reason: str, chinese: str) -> None:
    assert reason_in(Language("zh_CN"), reason) == chinese
    assert reason_in(Language("en"), reason) == reason
