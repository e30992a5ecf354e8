from dataclasses import dataclass, field

import pytest

from twin.connectors.base import MessageReceived
from twin.connectors.wechaty_messages import Context, chat_of, recalled_id, to_event

CONTEXT = Context("me", "Sam", "Ann", "Ann")


@dataclass
class Payload:
    """A gateway's message."""

    text: str = "hi"
    type: int = 7
    id: str = "1"
    from_id: str = "ann"
    to_id: str = "me"
    room_id: str = ""
    filename: str = ""
    timestamp: int = 1_700_000_000_000
    mention_ids: list[str] = field(default_factory=list)


def received(payload: Payload) -> MessageReceived:
    event = to_event(payload, CONTEXT)
    assert isinstance(event, MessageReceived)
    return event


@pytest.mark.parametrize(
    ("payload", "chat"),
    [
        (Payload(), ("ann", "direct")),
        (Payload(from_id="me", to_id="ann"), ("ann", "direct")),
        (Payload(from_id="me", to_id="me"), ("me", "self")),
        (Payload(from_id="me", to_id=""), ("me", "self")),
        (Payload(from_id="me", to_id="filehelper"), ("filehelper", "self")),
        (Payload(room_id="r"), ("r", "group")),
        (Payload(from_id="me", to_id="", room_id="r"), ("r", "group")),
    ],
)
def test_the_chat_is_the_other_side_or_the_room(payload: Payload, chat: tuple[str, str]) -> None:
    assert chat_of(payload, "me") == chat


def test_seconds_and_milliseconds_are_told_apart() -> None:
    assert received(Payload()).sent_at == received(Payload(timestamp=1_700_000_000)).sent_at


def test_a_quoted_reply_keeps_its_own_words() -> None:
    text = "「Ann：明天吃饭吗?\n带上小李」\n- - - - - - - - - - - - - - -\n好的\n几点?"
    event = received(Payload(text=text))
    assert (event.kind, event.text) == ("text", "好的\n几点?")
    assert "明天吃饭吗" in (event.raw or "")
    assert received(Payload(text="「no quote」")).text == "「no quote」"


def test_calls_files_and_unknown_kinds() -> None:
    assert received(Payload(type=0, text="<voipinvitemsg>")).kind == "call"
    assert received(Payload(type=1, filename="a.pdf")).text == "a.pdf"
    assert received(Payload(type=99)).kind == "other"


def test_a_mention_by_name_counts_but_not_the_owners_own() -> None:
    assert received(Payload(room_id="r", text="@Sam hi")).mentions_owner
    assert received(Payload(room_id="r", mention_ids=["me"])).mentions_owner
    assert not received(Payload(room_id="r", text="Sam?")).mentions_owner
    assert not received(Payload(text="@Sam hi")).mentions_owner
    assert not received(Payload(room_id="r", from_id="me", text="@Sam")).mentions_owner


@pytest.mark.parametrize(
    ("text", "found"),
    [(" 42 ", "42"), ("<sysmsg><revokemsg><newmsgid>77</newmsgid></revokemsg></sysmsg>", "77")],
)
def test_the_id_in_a_recall(text: str, found: str) -> None:
    assert recalled_id(text) == found
