"""What is told of an event as it is on the wire."""

from typing import Any

import pytest

from twin.connectors.base import MessageEdited, MessageRecalled, MessageReceived
from twin.connectors.matrix.contents import Owner, event_of
from twin.connectors.matrix.rooms import Place

SAM = Owner("@sam:x", "Sam")
NOW = 1_700_000_001_000
CHAT = Place("!room:x", "Ann", "direct")


def told(content: dict[str, Any], place: Place = CHAT, **more: Any) -> Any:
    wire = {
        "type": "m.room.message",
        "event_id": "$1",
        "sender": "@ann:x",
        "origin_server_ts": NOW - 1000,
        "content": content,
    }
    return event_of(wire | more, place, SAM, "Ann", now=NOW)


def text(body: str, **more: Any) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body} | more


def test_a_text() -> None:
    assert told(text("hello")) == MessageReceived(
        chat_external_id="!room:x",
        chat_name="Ann",
        sender_id="@ann:x",
        sender_name="Ann",
        text="hello",
        sent_at=NOW - 1000,
        external_id="$1",
    )


def test_the_owners_own_words_and_the_twins_key() -> None:
    typed = told(text("hi"), sender="@sam:x")
    sent = told(text("hi"), sender="@sam:x", unsigned={"transaction_id": "twin-1-2"})
    assert (typed.from_owner, typed.key, typed.steers) == (True, None, False)
    assert (sent.from_owner, sent.key) == (True, "twin-1-2")
    alone = Place("!own:x", "Notes", "self")
    assert told(text("/twin status"), alone, sender="@sam:x").steers
    assert not told(text("/twin status"), alone).steers


REPLY = {"m.relates_to": {"m.in_reply_to": {"event_id": "$0"}}}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("yes", "yes"),
        ("> <@sam:x> shall we?\n\nyes", "yes"),
        ("> <@sam:x> shall\n> we?\n\nyes\n\n> no", "yes\n\n> no"),
        ("> * <@sam:x> waves\n\nhi", "hi"),
        ("> my own quote\n\nhi", "> my own quote\n\nhi"),
    ],
)
def test_a_reply_is_what_was_answered_and_not_what_is_quoted(body: str, words: str) -> None:
    event = told(text(body, **REPLY))
    assert (event.text, event.reply_to) == (words, "$0")


def test_a_thread_names_its_last_message_only_for_older_clients() -> None:
    relation = {"rel_type": "m.thread", "event_id": "$9", "m.in_reply_to": {"event_id": "$8"}}
    assert told(text("x", **{"m.relates_to": relation})).reply_to == "$8"
    falls_back = relation | {"is_falling_back": True}
    assert told(text("x", **{"m.relates_to": falls_back})).reply_to is None


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (text("waves", msgtype="m.emote"), "text", "waves"),
        (text("a bot says", msgtype="m.notice"), "system", "a bot says"),
        (text("a.png", msgtype="m.image"), "image", ""),
        (text("look!", msgtype="m.image", filename="a.png"), "image", "look!"),
        (text("a.pdf", msgtype="m.file"), "file", "a.pdf"),
        (text("a.mp3", msgtype="m.audio"), "file", "a.mp3"),
        (
            text("Voice message", msgtype="m.audio", **{"org.matrix.msc3245.voice": {}}),
            "voice",
            "",
        ),
        (text("here", msgtype="m.location", geo_uri="geo:1,2"), "location", "here"),
        (text("?", msgtype="org.example.new"), "other", ""),
    ],
)
def test_kinds(content: dict[str, Any], kind: str, words: str) -> None:
    event = told(content)
    assert (event.kind, event.text) == (kind, words)
    assert (event.raw is None) == (kind == "text")


@pytest.mark.parametrize(
    ("of_type", "kind"),
    [("m.sticker", "sticker"), ("m.call.invite", "call"), ("m.room.encrypted", "other")],
)
def test_kinds_of_other_types(of_type: str, kind: str) -> None:
    assert told({"body": "a cat"}, type=of_type).kind == kind


@pytest.mark.parametrize(
    ("content", "more"),
    [
        (text("a program of theirs", msgtype="m.notice"), {"sender": "@sam:x"}),
        (text("?", msgtype="m.key.verification.request"), {}),
        ({"m.relates_to": {"rel_type": "m.annotation", "key": "x"}}, {"type": "m.reaction"}),
        ({"membership": "join"}, {"type": "m.room.member", "state_key": "@ann:x"}),
        ({}, {}),  # redacted before it was seen
    ],
)
def test_what_is_no_message(content: dict[str, Any], more: dict[str, Any]) -> None:
    assert told(content, **more) is None


def test_an_edit_and_a_redaction() -> None:
    relation = {"rel_type": "m.replace", "event_id": "$0"}
    edit = text("* at nine", **{"m.new_content": text("at nine"), "m.relates_to": relation})
    assert told(edit) == MessageEdited("!room:x", "$0", "at nine", NOW - 1000, "@ann:x")
    assert told({}, type="m.room.redaction", redacts="$0") == MessageRecalled("!room:x", "$0")
    assert told({"redacts": "$0"}, type="m.room.redaction") == MessageRecalled("!room:x", "$0")


@pytest.mark.parametrize(
    ("content", "is_mentioned"),
    [
        (text("hi", **{"m.mentions": {"user_ids": ["@sam:x"]}}), True),
        (text("Sam: hi", **{"m.mentions": {}}), False),  # the list says it all
        (text("hi all", **{"m.mentions": {"room": True}}), False),
        (text("Sam: hi"), True),
        (text("hi @Sam!"), True),
        (text("hi @Samantha"), False),
        (text("the same"), False),
        (text("hi", formatted_body='<a href="https://matrix.to/#/@sam:x">S</a>'), True),
        (text("> <@sam:x> shall we?\n\nyes", **REPLY), False),
    ],
)
def test_whether_the_owner_is_mentioned(content: dict[str, Any], is_mentioned: bool) -> None:
    assert told(content).mentions_owner == is_mentioned


@pytest.mark.parametrize(("at", "believed"), [(-5, 0), (2**60, NOW + 300_000), ("soon", NOW)])
def test_times_that_no_clock_shows(at: Any, believed: int) -> None:
    assert told(text("x"), origin_server_ts=at).sent_at == believed
