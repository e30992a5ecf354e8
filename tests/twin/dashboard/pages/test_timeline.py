"""Entries of a conversation are in order, and a long log does not make it slower."""

import pytest
from sqlite_utils import Database

from storage.chats import Chat, upsert_chat
from storage.decisions import BurstVerdict, Undelivered, last_verdicts
from storage.edits import change_wording
from storage.listings import last_messages, page_of_chats
from storage.messages import NewMessage, log_message
from storage.outbox import add_piece, record_decision
from twin.dashboard.pages.timeline import Entry, LoggedMessage, read_timeline
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


def shown(db: Database, chat: Chat, count: int) -> tuple[list[str], bool]:
    timeline = read_timeline(db, chat.id, count)
    return [words_of(entry) for entry in timeline.entries.values()], timeline.has_older


def test_what_was_changed_has_its_earlier_wordings(db: Database, ann: Chat) -> None:
    log_message(db, NewMessage(ann.id, "peer", "at seven?", 1, external_id="1"))
    log(db, ann, "well?", 2)
    for text in ("at eight?", "at nine?"):
        change_wording(db, ann.id, "1", text, at=3)
    first, last = read_timeline(db, ann.id, 9).entries.values()
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
    *_, last = read_timeline(db, ann.id, 9).entries.values()
    assert isinstance(last, LoggedMessage)
    assert last.media == "media/a.png"


def test_an_answer_tells_what_it_stood_on(db: Database, ann: Chat) -> None:
    old, asked = log(db, ann, "it is blue", 1), log(db, ann, "which one?", 20)
    record_decision(db, ann.id, asked, "answered", ["blue"], state="sent", memory=[old], now=21)
    *_, last = read_timeline(db, ann.id, 9).entries.values()
    assert isinstance(last, BurstVerdict)
    assert [each.text for each in last.memory] == ["it is blue"]


def test_a_message_is_shown_with_what_lies_around_it(db: Database, ann: Chat) -> None:
    numbers = [log(db, ann, str(at), at) for at in range(60)]
    other = log(db, upsert_chat(db, "fake", "bob", "Bob"), "other", 15)
    add_piece(db, ann.id, "lost", "doubt", now=99)
    around = read_timeline(db, ann.id, 3, numbers[10])
    assert [words_of(entry) for entry in around.entries.values()] == [str(n) for n in range(7, 31)]
    assert around.has_older
    assert not read_timeline(db, ann.id, 10, numbers[10]).has_older
    for nobody in (other, 0, -1, 10**30):
        assert read_timeline(db, ann.id, 3, nobody) == read_timeline(db, ann.id, 3)


def test_no_query_of_the_pages_reads_a_whole_log(db: Database, ann: Chat) -> None:
    log(db, ann, "hi", 1)
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    read_timeline(db, ann.id, 40)
    read_timeline(db, ann.id, 40, 1)
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
