"""What counts as an answer of the owner."""

from collections.abc import Sequence

import pytest

from storage.messages import Message, Origin
from twin.config.schema import DatasetSettings
from twin.replying.owner_bursts import OwnerAnswer, asks, owner_answers

RULES = DatasetSettings()
MINUTE_S = 60
LATER_S = 10**6


def said(*messages: tuple[Origin, float, str] | tuple[Origin, float, str, str]) -> list[Message]:
    """Messages by origin, seconds and text; a kind where it is no text."""
    return [
        Message(
            *(number, 7, one[0], one[3] if len(one) > 3 else "text", one[2]),
            sent_at=round(one[1] * 1000),
            recalled_at=None,
        )
        for number, one in enumerate(messages)
    ]


def told(messages: Sequence[Message], until_s: float = LATER_S) -> list[OwnerAnswer]:
    return list(owner_answers(messages, RULES, round(until_s * 1000)))


def test_an_answer_in_pieces() -> None:
    chat = said(
        ("peer", 0, "hey"),
        ("peer", 30, "are you in?"),
        ("owner", 50, "yes!"),
        ("owner", 54, "why"),
        ("owner", 54 + 121, "?"),  # too long after it to be a piece
        ("peer", 200, "ok"),
    )
    first, second = told(chat)
    assert (first.answered, first.delay_s, first.gaps_s, first.characters) == (True, 20, (4,), 4)
    assert (first.burst.messages, first.burst.characters, first.burst.asks) == (2, 14, True)
    assert first.burst.silence_s is None
    assert second.answered is False
    assert second.burst.silence_s == 25
    assert (second.burst.asks, second.burst.says) == (False, False)


@pytest.mark.parametrize("kind", ["sticker", "image", "voice"])
def test_a_sticker_or_a_picture_is_an_answer_and_can_be_answered(kind: str) -> None:
    chat = said(("peer", 0, "", kind), ("owner", 5, "", kind))
    [answer] = told(chat)
    assert (answer.answered, answer.delay_s, answer.burst.characters) == (True, 5, 0)


def test_what_nobody_said_is_neither_asked_nor_answered() -> None:
    chat = said(
        ("peer", 0, "joined", "system"), ("peer", 1, "hi"), ("owner", 2, "/twin", "command")
    )
    [answer] = told(chat)
    assert answer.answered is False


def test_what_the_twin_answered_is_nobodys() -> None:
    chat = said(
        ("peer", 0, "hi"),
        ("twin", 5, "hey"),
        ("owner", 9, "it's me now"),
        ("peer", 20, "oh"),
        ("owner", 30, "yes"),
        ("twin", 31, "yes"),
    )
    first, second = told(chat)
    assert first.answered is None
    assert (second.answered, second.gaps_s) == (True, ())


def test_the_friends_next_burst_or_hours_later_is_too_late() -> None:
    nudged = told(
        said(("peer", 0, "hi"), ("peer", 61 * MINUTE_S, "hello?"), ("owner", 3700, "hey"))
    )
    assert [one.answered for one in nudged] == [False, True]
    assert [one.answered for one in told(said(("peer", 0, "hi"), ("owner", 7 * 3600, "hey")))] == [
        False
    ]
    assert told(said(("peer", 0, "hi"), ("owner", 5 * 3600, "hey")))[0].delay_s == 5 * 3600


def test_of_what_came_just_now_nobody_knows_yet() -> None:
    chat = said(("peer", 0, "hi"))
    assert told(chat, until_s=6 * 3600)[0].answered is None
    assert told(chat, until_s=6 * 3600 + 1)[0].answered is False


def test_a_chat_without_a_message_has_no_bursts() -> None:
    assert told([]) == []


def test_clocks_that_disagree_give_no_time_below_zero() -> None:
    chat = said(("peer", 10, "hi"), ("owner", 9, "hey"), ("owner", 8, "you"))
    [answer] = told(chat)
    assert (answer.delay_s, answer.gaps_s) == (0, (0,))


@pytest.mark.parametrize(
    ("text", "is_question"),
    [
        ("what?", True),
        ("去吗", True),
        ("你呢。", True),
        ("في البيت؟", True),
        ("好的呢", True),
        ("ok", False),
        ("吗啡", False),
    ],
)
def test_questions(text: str, is_question: bool) -> None:
    assert asks(text) is is_question
