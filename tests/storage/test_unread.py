"""Unread: what friends wrote as it happened, since the owner saw the chat or wrote there."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import upsert_chat
from storage.database import open_database
from storage.importers.merge_logged import LoggedDouble, merge_chats
from storage.messages import NewMessage, Origin, log_message
from storage.unread import first_unread, mark_seen, unread_counts
from tests.earlier_schema import database_at


@pytest.fixture
def ann(db: Database) -> int:
    return upsert_chat(db, "web", "ann", "Ann").id


def say(db: Database, chat: int, origin: Origin = "peer", source: str = "live") -> int:
    return log_message(db, NewMessage(chat, origin, "hi", 1, source=source)) or 0


def test_what_friends_wrote_is_unread_until_the_chat_is_seen(db: Database, ann: int) -> None:
    ben = upsert_chat(db, "web", "ben", "Ben").id
    first = say(db, ann)
    say(db, ann)
    say(db, ann, "twin")
    assert unread_counts(db, [ann, ben]) == {ann: 2, ben: 0}
    assert first_unread(db, ann) == first
    mark_seen(db, ann)
    mark_seen(db, ben)
    assert (unread_counts(db, [ann]), first_unread(db, ann)) == ({ann: 0}, None)
    last = say(db, ann)
    say(db, ben)
    assert unread_counts(db, [ann, ben]) == {ann: 1, ben: 1}
    assert first_unread(db, ann) == last


def test_who_writes_has_read(db: Database, ann: int) -> None:
    say(db, ann)
    say(db, ann, "owner")
    assert unread_counts(db, [ann]) == {ann: 0}
    say(db, ann)
    assert unread_counts(db, [ann]) == {ann: 1}


@pytest.mark.parametrize("source", ["import:wechat", "history"])
def test_the_past_is_not_new(db: Database, ann: int, source: str) -> None:
    say(db, ann, source=source)
    say(db, ann, "owner", source)
    assert unread_counts(db, [ann]) == {ann: 0}
    say(db, ann)
    say(db, ann, "owner", source)  # brought later, said before
    assert unread_counts(db, [ann]) == {ann: 1}


def test_a_number_that_is_given_again_is_new(db: Database, ann: int) -> None:
    say(db, ann)
    ben = upsert_chat(db, "web", "ben", "Ben").id
    say(db, ben)
    for chat in (ann, ben):
        mark_seen(db, chat)
    forget_chat(db, ben)
    again = upsert_chat(db, "web", "cas", "Cas").id
    for chat in (ann, again):
        say(db, chat)
    assert unread_counts(db, [ann, again]) == {ann: 1, again: 1}


def test_seeing_writes_only_where_something_is_new(db: Database, ann: int) -> None:
    mark_seen(db, ann)
    assert db.table("seen_chats").count == 0


def test_what_moves_into_another_chat_is_not_new(db: Database, ann: int) -> None:
    old = upsert_chat(db, "import", "Ann", "Ann").id
    say(db, old)
    mark_seen(db, old)
    merge_chats(db, LoggedDouble(old, ann, "Ann", "Ann"))
    assert unread_counts(db, [ann]) == {ann: 0}
    say(db, ann)
    assert unread_counts(db, [ann]) == {ann: 1}


def test_what_there_was_before_the_marks_is_seen(tmp_path: Path) -> None:
    old = database_at(tmp_path / "old.db", 24)
    chat = upsert_chat(old, "web", "ann", "Ann").id
    say(old, chat)
    old.conn.close()
    db = open_database(tmp_path / "old.db")
    assert unread_counts(db, [chat]) == {chat: 0}
    say(db, chat)
    assert unread_counts(db, [chat]) == {chat: 1}
    db.conn.close()
