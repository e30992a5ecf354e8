"""A part of a chat: it follows the end, goes on in both ways, and stays within its limit."""

import pytest
from sqlite_utils import Database

from storage import windows
from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message
from storage.windows import (
    Window,
    go_back,
    go_on,
    has_before,
    messages_in,
    window_around,
    window_at_end,
)


@pytest.fixture
def ann(db: Database) -> int:
    """Twenty messages, two at each time, between those of somebody else."""
    ann, ben = (upsert_chat(db, "web", name, name).id for name in ("Ann", "Ben"))
    for at in range(20):
        for chat in (ann, ben):
            say(db, chat, at)
    return ann


def say(db: Database, chat: int, at: int) -> int:
    return log_message(db, NewMessage(chat, "peer", f"{at}", at // 2)) or 0


def shown(db: Database, chat: int, window: Window) -> list[int]:
    return [int(message.text) for message in messages_in(db, chat, window)]


def test_it_follows_the_end_and_loses_nothing_at_its_beginning(db: Database, ann: int) -> None:
    window = window_at_end(db, ann, 3)
    assert shown(db, ann, window) == [17, 18, 19]
    say(db, ann, 20)
    assert shown(db, ann, window) == [17, 18, 19, 20]
    window = go_back(db, ann, window, 15)
    assert shown(db, ann, window) == list(range(2, 21))
    window = go_back(db, ann, window, 15)
    assert shown(db, ann, window) == list(range(21))
    assert go_back(db, ann, window, 15) == window


def test_around_a_message_and_on_until_it_follows_the_end(db: Database, ann: int) -> None:
    (wanted,) = (one.id for one in messages_in(db, ann, Window()) if one.text == "9")
    window = window_around(db, ann, wanted, 2)
    assert window is not None
    assert shown(db, ann, window) == [7, 8, 9, 10, 11]
    assert window.first is not None
    assert has_before(db, ann, window.first)
    assert window.last is not None
    window = go_on(db, ann, window, 8)
    assert (shown(db, ann, window), window.last) == (list(range(7, 20)), None)
    assert go_on(db, ann, window, 8) == window
    say(db, ann, 20)
    assert shown(db, ann, window) == list(range(7, 21))


def test_no_window_around_what_the_chat_lacks(db: Database, ann: int) -> None:
    ben = upsert_chat(db, "web", "Ben", "Ben").id
    other = messages_in(db, ben, Window())[0].id
    assert [window_around(db, ann, one, 2) for one in (other, 0, -1, 10**30)] == [None] * 4


def test_what_is_too_much_leaves_at_the_other_end(
    db: Database, ann: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "MOST_SHOWN", 6)
    window = go_back(db, ann, window_at_end(db, ann, 4), 4)
    assert shown(db, ann, window) == [12, 13, 14, 15, 16, 17]
    window = go_back(db, ann, window, 4)
    assert shown(db, ann, window) == [8, 9, 10, 11, 12, 13]
    window = go_on(db, ann, window, 4)
    assert shown(db, ann, window) == [12, 13, 14, 15, 16, 17]
    window = go_on(db, ann, window, 4)
    assert (shown(db, ann, window), window.last) == ([14, 15, 16, 17, 18, 19], None)
    for at in (20, 21):
        say(db, ann, at)
    assert shown(db, ann, window) == [16, 17, 18, 19, 20, 21]


def test_it_goes_back_from_what_is_shown(
    db: Database, ann: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where so much came that its own beginning is shown no more, or where it has none."""
    monkeypatch.setattr(windows, "MOST_SHOWN", 6)
    for window in (Window(), window_at_end(db, ann, 18)):
        assert shown(db, ann, window) == [14, 15, 16, 17, 18, 19]
        assert shown(db, ann, go_back(db, ann, window, 4)) == [10, 11, 12, 13, 14, 15]


def test_an_empty_chat_begins_with_what_comes(db: Database) -> None:
    chat = upsert_chat(db, "web", "new", "New").id
    window = window_at_end(db, chat, 3)
    assert (window, go_back(db, chat, window, 3)) == (Window(), window)
    say(db, chat, 1)
    assert shown(db, chat, window) == [1]
