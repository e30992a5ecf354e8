"""Which message from the owner's account is the echo of what the twin sent."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from storage.database import now_ms
from storage.echoes import ECHO_WINDOW_MS, NEAR_WINDOW_MS, find_echo, same_words
from storage.interrupted import recover_outbox
from storage.messages import NewMessage, log_message
from storage.outbox import State, move_piece, record_decision
from storage.plain_text import is_visible
from tests.alterations import ALTERATIONS

SENT = (
    "ok",
    "好的",
    "🙂",
    "❤️",
    "👍🏽 yes",
    "a < b && c > d",
    "AT&T &amp; <br/>",
    "see  you\nat eight 😂\n\nby the station",
    "看这里 https://a.example/?x=1&y=2 很有意思",
    "déjà vu, naïve café",
    "that is rather a long message of more than forty characters, all in one piece",
    "🤖 Sam's AI twin · Sam 的 AI 分身",
    "[微笑] (maybe) 50% <3",
    "？",
)
OTHERS = [  # what the twin sent, and what the owner wrote by hand right after it
    ("ok", "no"),
    ("好的", "不行"),
    ("see you at eight by the station", "sorry, that was my bot, ignore it"),
    ("I'm at home", "I'm on the train"),
    ("👍", "don't believe it"),
    ("yes, at noon", "no"),
    ("好，明天见", "等等，明天不行，我在外地"),
    ("that is rather a long message", "that"),
]
MINUTE = 60_000


def wrote(db: Database, chat: int) -> int:
    message = log_message(db, NewMessage(chat, "peer", "hi", 1))
    assert message is not None
    return message


def send(db: Database, chat: int, *texts: str, state: State = "sent", at: int = 0) -> list[int]:
    pieces = record_decision(db, chat, wrote(db, chat), "auto", texts, now=at or now_ms())
    for piece in pieces:
        move_piece(db, piece.id, state, now=at or now_ms())
    return [piece.id for piece in pieces]


def test_a_link_with_its_title_is_an_echo(db: Database, chat: int) -> None:
    send(db, chat, "https://a.example/menu")
    shown = "The menu of the week, and what else there is to eat\nhttps://a.example/menu"
    assert find_echo(db, chat, shown, "e1", now_ms())


@pytest.mark.parametrize("name", ALTERATIONS)
def test_what_platforms_make_of_a_text_is_known(name: str) -> None:
    assert [sent for sent in SENT if not same_words(sent, ALTERATIONS[name](sent))] == []


@settings(max_examples=150, derandomize=True)
@given(
    st.lists(st.sampled_from([*SENT, "见", "word", "\u200d", "7", "\n", " "]), min_size=1).map(
        " ".join
    ),
    st.lists(st.sampled_from(sorted(ALTERATIONS)), max_size=2, unique=True),
)
def test_alterations_add_up(sent: str, names: list[str]) -> None:
    # What is left of a tag that people typed and a platform cut is nobody's to guess.
    assume("cut off" not in names or not set(sent) & set("<&["))
    heard = sent
    for name in sorted(names):  # a text is cut off before it is encoded
        heard = ALTERATIONS[name](heard)
    assert not is_visible(sent) or same_words(sent, heard)


@pytest.mark.parametrize(("sent", "written"), OTHERS)
def test_other_words_are_the_owners(db: Database, chat: int, sent: str, written: str) -> None:
    send(db, chat, sent)
    assert find_echo(db, chat, written, "o1", now_ms()) is None


@pytest.mark.parametrize("written", ["see you at eight", "See you at eight!", "see you at nine 🙂"])
def test_the_same_words_by_hand_are_the_owners_a_minute_later(
    db: Database, chat: int, written: str
) -> None:
    at = now_ms()
    send(db, chat, "see you at eight 🙂", at=at)
    assert find_echo(db, chat, "see you at eight [微笑]", "e1", at + 1000)
    assert find_echo(db, chat, written, "o1", at + MINUTE, at + MINUTE) is None


def test_near_words_are_an_echo_for_seconds_only(db: Database, chat: int) -> None:
    at = now_ms()
    send(db, chat, "see you at eight", at=at)
    near = "see you at eigh"
    assert find_echo(db, chat, near, "o1", at + NEAR_WINDOW_MS, at + NEAR_WINDOW_MS) is None
    assert find_echo(db, chat, near, "e1", at + NEAR_WINDOW_MS - 1)


@pytest.mark.parametrize("ahead_ms", [-90_000, -MINUTE, MINUTE, 90_000])
def test_a_platforms_clock_may_be_off(db: Database, chat: int, ahead_ms: int) -> None:
    at = now_ms()
    send(db, chat, "ok", at=at)
    assert find_echo(db, chat, "ok", "e1", at + ahead_ms, at + 1000)


def test_a_late_echo_is_known_by_the_platforms_time(db: Database, chat: int) -> None:
    at = now_ms()
    send(db, chat, "a < b", at=at)
    assert find_echo(db, chat, "a &lt; b", "e1", at, at + 100 * MINUTE)


def test_echoes_out_of_order_find_their_pieces(db: Database, chat: int) -> None:
    one, two, three = send(db, chat, "r100a 🙂", "r100b & c", "r100c", state="sending")
    found = [
        find_echo(db, chat, text, None, now_ms()) for text in ("r100c", "r100a", "r100b &amp; c")
    ]
    assert [echo.piece.id for echo in found if echo] == [three, one, two]


def test_an_echo_that_is_told_again_in_another_form_is_the_same(db: Database, chat: int) -> None:
    send(db, chat, "first line of it & more\nsecond line of it")
    assert find_echo(db, chat, "first line of it & more\nsecond line of it", "e1", now_ms())
    for number, text in enumerate(
        [
            "first line of it &amp; more<br/>second line of it",
            "first line of it",
            "second line of it",
        ]
    ):
        echo = find_echo(db, chat, text, f"again{number}", now_ms())
        assert echo is not None
        assert echo.is_again


@pytest.mark.parametrize("state", ["sending", "sent", "doubt", "failed"])
def test_echo_is_known_by_text_within_a_minute(db: Database, chat: int, state: State) -> None:
    send(db, chat, "ok", state=state)
    assert not find_echo(db, chat, "ok", "e0", now_ms() + ECHO_WINDOW_MS + 1000)
    assert not find_echo(db, chat + 1, "ok", "e0", now_ms())
    assert not find_echo(db, chat, "OK", "e0", now_ms())
    assert not find_echo(db, chat, None, "e0", now_ms())
    assert find_echo(db, chat, "ok", "e1", now_ms())


@pytest.mark.parametrize("clock_was_set_by", [0, -7_200_000])
def test_the_echo_of_a_send_that_hung_is_known(
    db: Database, chat: int, clock_was_set_by: int
) -> None:
    """It bears the time at which the platform took the message."""
    begun = now_ms()
    (piece,) = record_decision(db, chat, wrote(db, chat), "auto", ["ok"], now=begun)
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


def test_an_altered_echo_after_a_restart_is_the_twins(db: Database, chat: int) -> None:
    at = now_ms()
    send(db, chat, "see you at eight 🙂", state="sending", at=at)
    recover_outbox(db, now=at + 9 * MINUTE)
    assert find_echo(db, chat, "see you at eight [微笑]", "e1", at + 500, at + 9 * MINUTE)


def test_where_no_echo_comes_near_words_are_the_owners_at_once(db: Database, chat: int) -> None:
    """The sender logs them itself there."""
    at = now_ms()
    send(db, chat, "see you at eight", at=at)
    log_message(db, NewMessage(chat, "twin", "see you at eight", at))
    assert find_echo(db, chat, "see you at nine", "o1", at + 5000, at + 5000) is None
