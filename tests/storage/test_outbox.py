import pytest
from sqlite_utils import Database

from storage.echoes import find_echo
from storage.interrupted import interrupted_chats, recover_outbox
from storage.messages import NewMessage, log_message
from storage.outbox import (
    add_piece,
    cancel_pending,
    cancel_rest,
    last_decided,
    move_piece,
    record_decision,
)


def friend_wrote(db: Database, chat: int, text: str = "hi") -> int:
    message = log_message(db, NewMessage(chat, "peer", text, 1))
    assert message is not None
    return message


def states(db: Database) -> list[str]:
    return [row[0] for row in db.execute("SELECT state FROM outbox ORDER BY id")]


def test_decision_and_pieces_are_one_write(db: Database, chat: int) -> None:
    message = friend_wrote(db, chat)
    assert last_decided(db, chat) == 0
    pieces = record_decision(db, chat, message, "auto", ["one", "two"], adapter="a1")
    assert [piece.text for piece in pieces] == ["one", "two"]
    assert last_decided(db, chat) == message
    unsayable: str = None  # type: ignore[assignment]
    with pytest.raises(Exception, match="NOT NULL"):
        record_decision(db, chat, friend_wrote(db, chat), "auto", ["three", unsayable])
    assert last_decided(db, chat) == message
    assert states(db) == ["pending", "pending"]


def test_a_decision_to_be_silent_closes_the_burst_too(db: Database, chat: int) -> None:
    message = friend_wrote(db, chat)
    assert record_decision(db, chat, message, "chat is at log") == []
    assert last_decided(db, chat) == message


def test_after_a_crash_nothing_is_sent_twice(db: Database, chat: int) -> None:
    first = record_decision(db, chat, friend_wrote(db, chat), "auto", ["sent", "sending", "rest"])
    second = record_decision(db, chat, friend_wrote(db, chat), "auto", ["next"])
    move_piece(db, first[0].id, "sent")
    move_piece(db, first[1].id, "sending")

    assert recover_outbox(db) == second
    assert states(db) == ["sent", "doubt", "cancelled", "pending"]
    assert recover_outbox(db) == second


def test_what_came_back_before_the_end_is_sent_and_its_reply_goes_on(
    db: Database, chat: int
) -> None:
    pieces = record_decision(db, chat, friend_wrote(db, chat), "auto", ["one", "two"])
    move_piece(db, pieces[0].id, "sending", now=1000)
    assert find_echo(db, chat, "one", "e1", 1000) is not None
    assert interrupted_chats(db) == []
    assert recover_outbox(db) == [pieces[1]]
    assert states(db) == ["sent", "pending"]


def test_on_a_platform_that_knows_it_again_what_is_too_old_stays_in_doubt(
    db: Database, chat: int
) -> None:
    for at in (1000, 9000):
        [piece] = record_decision(db, chat, friend_wrote(db, chat), "auto", ["one"], now=at)
        move_piece(db, piece.id, "sending", now=at)
    assert interrupted_chats(db, ["wechat"], since=500) == []
    assert interrupted_chats(db, ["wechat"], since=5000) == ["Ann"]
    assert recover_outbox(db, ["wechat"], since=5000) == [piece]


def test_no_two_pieces_have_one_key(db: Database, chat: int) -> None:
    """Not even where a backup was restored, and the same numbers and times are given again."""
    keys = []
    for _ in range(2):
        keys.append(add_piece(db, chat, "hi", now=1).key)
        db.execute("DELETE FROM outbox")
    assert len(set(keys)) == 2


def test_cancel_leaves_what_is_under_way(db: Database, chat: int) -> None:
    pieces = record_decision(db, chat, friend_wrote(db, chat), "auto", ["one", "two"])
    move_piece(db, pieces[0].id, "sending")
    assert cancel_pending(db, chat) == 1
    assert states(db) == ["sending", "cancelled"]


def test_the_rest_of_one_reply_is_dropped_alone(db: Database, chat: int) -> None:
    pieces = record_decision(db, chat, friend_wrote(db, chat), "auto", ["one", "two"])
    add_piece(db, chat, "typed", words="owner", approved=True)
    move_piece(db, pieces[0].id, "failed")
    cancel_rest(db, pieces)
    assert states(db) == ["failed", "cancelled", "pending"]
