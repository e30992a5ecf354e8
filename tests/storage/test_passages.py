"""What a change of the log does to the passages at once."""

import pytest
from sqlite_utils import Database

from storage import passages, stale_chats
from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message, log_messages
from storage.passages import MadeWith, PassageRow
from storage.search import indexed_together
from storage.stale_chats import Stale

DAY = 86_400_000


@pytest.fixture
def chat(db: Database) -> int:
    """Four messages a day apart, each a passage of an hour's length."""
    chat = upsert_chat(db, "web", "ann", "Ann").id
    log_messages(db, [NewMessage(chat, "peer", f"word{day}", day * DAY) for day in range(1, 5)])
    make(db, chat)
    return chat


def make(db: Database, chat: int) -> None:
    [stale] = stale_chats.stale_chats(db)
    rows = [
        PassageRow(chat, day * DAY - 60, day * DAY + 60, day, day, b"%d" % day, b"\1" * 400)
        for day in range(1, 5)
    ]
    assert passages.store_passages(db, stale, rows, [], 0)
    assert not stale_chats.is_any_stale(db)


def days(db: Database) -> list[int]:
    return [row["first_message"] for row in db["passages"].rows]


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ("UPDATE messages SET recalled_at = 1 WHERE id = 2", [1, 3, 4]),
        ("UPDATE messages SET text = 'other' WHERE id = 2", [1, 3, 4]),
        ("UPDATE messages SET kind = 'system' WHERE id = 2", [1, 3, 4]),
        ("UPDATE messages SET origin = 'twin' WHERE id = 2", [1, 3, 4]),
        (f"UPDATE messages SET sent_at = {3 * DAY} WHERE id = 2", [1, 4]),
        ("DELETE FROM messages WHERE id = 2", [1, 3, 4]),
    ],
)
def test_a_change_takes_its_passage_and_leaves_the_chat_stale(
    db: Database, chat: int, change: str, left: list[int]
) -> None:
    db.execute(change)
    assert days(db) == left
    assert [stale.chat_id for stale in stale_chats.stale_chats(db)] == [chat]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE messages SET text = text, raw = 'x', dedupe_key = 'x' WHERE id = 2",
        "UPDATE contacts SET name = 'x'",
    ],
)
def test_what_changes_no_word_changes_nothing(db: Database, chat: int, change: str) -> None:
    db.execute(change)
    assert days(db) == [1, 2, 3, 4]
    assert not stale_chats.is_any_stale(db)


def test_a_new_message_makes_its_chat_stale_however_it_comes(db: Database, chat: int) -> None:
    log_message(db, NewMessage(chat, "peer", "new", 9 * DAY))
    [stale] = stale_chats.stale_chats(db)
    ben = upsert_chat(db, "web", "ben", "Ben").id
    db.execute("BEGIN")
    with indexed_together(db):
        log_message(db, NewMessage(ben, "peer", "newer", 10 * DAY))
        log_message(db, NewMessage(chat, "peer", "new", 9 * DAY))
    db.execute("COMMIT")
    assert not stale_chats.is_unchanged(db, stale)
    assert [one.chat_id for one in stale_chats.stale_chats(db)] == [ben, chat]
    assert days(db) == [1, 2, 3, 4]


def test_nothing_is_stored_for_a_chat_that_was_changed_meanwhile(db: Database, chat: int) -> None:
    row = PassageRow(chat, 1, 2, 1, 1, b"d", b"v")
    assert not passages.store_passages(db, Stale(chat, 0), [row], [], 0)
    log_message(db, NewMessage(chat, "peer", "new", 9 * DAY))
    assert not passages.store_passages(db, Stale(chat, 0), [row], [], 0)
    assert days(db) == [1, 2, 3, 4]


def test_another_model_leaves_no_vector_and_other_rules_leave_them(db: Database, chat: int) -> None:
    passages.begin_with(db, MadeWith(1, 1))
    assert days(db) == []  # nobody knows what they were made with
    make(db, chat)
    passages.begin_with(db, MadeWith(1, 1))
    assert not stale_chats.is_any_stale(db)
    passages.begin_with(db, MadeWith(1, 2))
    assert (len(days(db)), passages.progress(db).stale_chats) == (4, 1)
    passages.begin_with(db, MadeWith(2, 2))
    assert days(db) == []
    assert passages.made_with(db) == MadeWith(2, 2)
