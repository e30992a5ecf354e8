import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.database import now_ms
from storage.messages import NewMessage, log_message
from storage.outbox import (
    ECHO_WINDOW_MS,
    State,
    add_piece,
    cancel_pending,
    cancel_rest,
    find_echo,
    last_decided,
    move_piece,
    record_decision,
    recover_outbox,
)


@pytest.fixture
def chat(db: Database) -> int:
    return upsert_chat(db, "wechat", "a", "Ann").id


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


def send(db: Database, chat: int, *texts: str, state: State = "sent") -> list[int]:
    pieces = record_decision(db, chat, friend_wrote(db, chat), "auto", texts)
    for piece in pieces:
        move_piece(db, piece.id, state)
    return [piece.id for piece in pieces]


@pytest.mark.parametrize("state", ["sending", "sent", "doubt", "failed"])
def test_echo_is_known_by_text_within_a_minute(db: Database, chat: int, state: State) -> None:
    send(db, chat, "ok", state=state)
    assert not find_echo(db, chat, "ok", "e0", now_ms() + ECHO_WINDOW_MS + 1000)
    assert not find_echo(db, chat + 1, "ok", "e0", now_ms())
    assert not find_echo(db, chat, "OK", "e0", now_ms())
    assert find_echo(db, chat, "ok", "e1", now_ms())


@pytest.mark.parametrize("clock_was_set_by", [0, -7_200_000])
def test_the_echo_of_a_send_that_hung_is_known(
    db: Database, chat: int, clock_was_set_by: int
) -> None:
    """It bears the time at which the platform took the message."""
    begun = now_ms()
    (piece,) = record_decision(db, chat, friend_wrote(db, chat), "auto", ["ok"], now=begun)
    move_piece(db, piece.id, "sending", now=begun)
    move_piece(db, piece.id, "sent", now=begun + 10 * ECHO_WINDOW_MS + clock_was_set_by)
    assert find_echo(db, chat, "ok", None, begun)


def test_what_was_not_sent_has_no_echo(db: Database, chat: int) -> None:
    for state in ("pending", "cancelled", "draft", "rejected"):
        send(db, chat, "ok", state=state)
    assert not find_echo(db, chat, "ok", None, now_ms())


@pytest.mark.parametrize("ids", [("e1", "e2", "e3"), (None, None, None)])
def test_each_piece_explains_one_echo(
    db: Database, chat: int, ids: tuple[str | None, str | None, str | None]
) -> None:
    send(db, chat, "ok", "ok")
    assert find_echo(db, chat, "ok", ids[0], now_ms())
    assert find_echo(db, chat, "ok", ids[1], now_ms())
    assert not find_echo(db, chat, "ok", ids[2], now_ms())


def test_two_equal_texts_may_cross(db: Database, chat: int) -> None:
    """Both are on their way, and the echo of the second comes before sending the first returns."""
    first, second = send(db, chat, "ok", "ok", state="sending")
    assert find_echo(db, chat, "ok", "m2", now_ms())
    move_piece(db, first, "sent", external_id="m1")
    move_piece(db, second, "sent", external_id="m2")
    assert find_echo(db, chat, "ok", "m1", now_ms())
    assert find_echo(db, chat, "ok", "m2", now_ms())


def test_echo_by_id_holds_beyond_the_minute_and_again(db: Database, chat: int) -> None:
    (piece,) = send(db, chat, "ok")
    move_piece(db, piece, "sent", external_id="m1")
    late = now_ms() + 10 * ECHO_WINDOW_MS
    assert find_echo(db, chat, "ok", "m1", late)
    assert find_echo(db, chat, "ok", "m1", late)


@pytest.mark.parametrize("echo_id", [None, "not-what-send-returned"])
def test_echo_is_the_twins_though_its_id_differs(
    db: Database, chat: int, echo_id: str | None
) -> None:
    """Counted as the owner's, the twin's own words would be trained on."""
    (piece,) = send(db, chat, "ok")
    move_piece(db, piece, "sent", external_id="m1")
    assert find_echo(db, chat, "ok", echo_id, now_ms())
    assert not find_echo(db, chat, "ok", "typed by the owner", now_ms())
