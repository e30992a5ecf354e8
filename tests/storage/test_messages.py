import sqlite3

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.messages import (
    NewMessage,
    dedupe_key,
    log_message,
    log_messages,
    mark_recalled,
    messages_of_chat,
    recent_messages,
)


@pytest.fixture
def chat(db: Database) -> int:
    return upsert_chat(db, "web", "a", "Ann").id


def test_a_message_is_logged_once_by_its_platform_id(db: Database, chat: int) -> None:
    message = NewMessage(chat, "peer", "hi", 1000, external_id="m1")
    other_chat = upsert_chat(db, "web", "b", "Bob").id
    assert log_message(db, message) is not None
    assert log_message(db, message._replace(text="hi again")) is None
    assert log_message(db, message._replace(chat_id=other_chat)) is not None
    assert [m.text for m in messages_of_chat(db, chat)] == ["hi"]


def test_a_message_without_ids_is_always_logged(db: Database, chat: int) -> None:
    message = NewMessage(chat, "peer", "hi", 1000)
    assert log_message(db, message) != log_message(db, message)


def test_many_are_logged_and_only_new_ones_counted(db: Database, chat: int) -> None:
    rows = [
        NewMessage(chat, "peer", f"{n}", n, dedupe_key=dedupe_key(n, False, "text", f"{n}", 0))
        for n in range(0, 5000, 1000)
    ]
    assert log_messages(db, rows[:3]) == 3
    assert log_messages(db, rows) == 2
    assert log_messages(db, []) in (0, -1)


def test_only_doubles_are_passed_over(db: Database, chat: int) -> None:
    nothing: str = None  # type: ignore[assignment]
    with pytest.raises(sqlite3.IntegrityError):
        log_message(db, NewMessage(chat, "peer", "hi", 1, source=nothing))


def test_dedupe_key_distinguishes_second_side_kind_text_and_count() -> None:
    keys = {
        dedupe_key(1000, False, "text", "hi", 0),
        dedupe_key(2000, False, "text", "hi", 0),
        dedupe_key(1000, True, "text", "hi", 0),
        dedupe_key(1000, False, "image", "hi", 0),
        dedupe_key(1000, False, "text", "ho", 0),
        dedupe_key(1000, False, "text", "hi", 1),
    }
    assert len(keys) == 6
    assert dedupe_key(1999, False, "text", "hi", 0) in keys


@pytest.mark.parametrize("kind", ["command", "notice"])
def test_an_export_takes_commands_and_notices_for_text(kind: str) -> None:
    assert dedupe_key(1, True, kind, "hi", 0) == dedupe_key(1, True, "text", "hi", 0)


def test_order_is_by_time_then_by_arrival(db: Database, chat: int) -> None:
    for text, at in (("c", 3000), ("a", 1000), ("b1", 2000), ("b2", 2000)):
        log_message(db, NewMessage(chat, "peer", text, at))
    assert [m.text for m in messages_of_chat(db, chat)] == ["a", "b1", "b2", "c"]
    assert [m.text for m in recent_messages(db, chat, 2)] == ["b2", "c"]


def test_recall_is_noted_once_and_only_in_its_chat(db: Database, chat: int) -> None:
    log_message(db, NewMessage(chat, "peer", "oops", 1000, external_id="m1"))
    assert not mark_recalled(db, chat, "m2", 5)
    assert not mark_recalled(db, chat + 1, "m1", 5)
    assert mark_recalled(db, chat, "m1", 2000)
    assert mark_recalled(db, chat, "m1", 9000)
    assert next(messages_of_chat(db, chat)).recalled_at == 2000


def test_half_a_character_is_stored_as_a_question_mark(db: Database, chat: int) -> None:
    """JSON can carry `\\ud83d` alone; SQLite and UTF-8 can't."""
    assert log_message(db, NewMessage(chat, "peer", "好\ud83d", 1)) is not None
    assert next(messages_of_chat(db, chat)).text == "好?"
    assert dedupe_key(1, False, "text", "好\ud83d", 0) == dedupe_key(1, False, "text", "好?", 0)
