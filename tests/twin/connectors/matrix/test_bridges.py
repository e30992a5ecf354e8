"""What bridges write, read from events alone."""

from typing import Any

import pytest

from twin.connectors.matrix.bridges import (
    Portal,
    chat_name,
    is_of_bridge,
    plain_name,
    portal_of,
    undelivered,
)

BOT = "@whatsappbot:example.org"


def state(**content: Any) -> dict[str, Any]:
    """The `m.bridge` of a direct chat, changed so."""
    return {
        "type": "m.bridge",
        "state_key": "net.maunium.whatsapp://whatsapp/4915@s.whatsapp.net",
        "sender": BOT,
        "content": {
            "bridgebot": BOT,
            "creator": BOT,
            "protocol": {"id": "whatsapp", "displayname": "WhatsApp"},
            "channel": {"id": "4915@s.whatsapp.net", "displayname": "Ann"},
            "com.beeper.room_type": "dm",
            "com.beeper.room_type.v2": "dm",
        }
        | content,
    }


WHATSAPP = Portal("WhatsApp", "whatsapp", BOT, "direct", is_broadcast=False)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({}, "direct"),
        ({"com.beeper.room_type.v2": "group_dm"}, "group"),
        ({"com.beeper.room_type.v2": "space"}, "group"),
        ({"com.beeper.room_type.v2": None}, "direct"),
        ({"com.beeper.room_type.v2": None, "com.beeper.room_type": None}, "group"),
        ({"com.beeper.room_type.v2": ["dm"]}, "group"),
    ],
)
def test_what_kind_of_chat_a_portal_is(content: dict[str, Any], kind: str) -> None:
    portal = portal_of([state(**content)])
    assert portal is not None
    assert portal.kind == kind


@pytest.mark.parametrize(
    "channel", ["status@broadcast", "1234@broadcast", "120363@newsletter", "x@s.whatsapp.net"]
)
def test_broadcasts(channel: str) -> None:
    portal = portal_of([state(channel={"id": channel})])
    assert portal is not None
    assert portal.is_broadcast == (channel != "x@s.whatsapp.net")


def test_of_several_bridges_the_last_that_can_be_believed_counts() -> None:
    signal = {"id": "signal", "displayname": " Signal\nApp "}
    assert portal_of([state(), state(content="gone"), {}]) == WHATSAPP
    both = portal_of([state(), state(protocol=signal)])
    assert both is not None
    assert both.network == "Signal App"
    assert portal_of([]) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"content": {}},
        {"content": None},
        {"content": state(bridgebot="whatsappbot")["content"]},
        {"content": state(bridgebot=None)["content"]},
        {"content": state(protocol="whatsapp")["content"]},
        {"sender": "@eve:elsewhere.org"},
        {"sender": None},
    ],
)
def test_what_is_no_bridges_word_is_not_believed(wrong: dict[str, Any]) -> None:
    assert portal_of([state() | wrong]) is None


@pytest.mark.parametrize(
    ("user", "is_one"),
    [
        (BOT, True),
        ("@whatsapp_4915:example.org", True),
        ("@whatsapp_lid-17:example.org", True),
        ("@whatsapp_4915:elsewhere.org", False),
        ("@whatsapp:example.org", False),
        ("@ann:example.org", False),
        ("@signal_1:example.org", False),
        ("", False),
    ],
)
def test_who_speaks_for_a_bridge(user: str, is_one: bool) -> None:
    assert is_of_bridge(user, (BOT,)) == is_one


@pytest.mark.parametrize("bot", ["@bot:example.org", "@ann:example.org", "", "bot", "@:"])
def test_a_bot_without_a_networks_name_has_no_ghosts(bot: str) -> None:
    assert not is_of_bridge("@_x:example.org", (bot,))
    assert not is_of_bridge("@ann_x:example.org", (bot,))


def status(**content: Any) -> dict[str, Any]:
    relation = {"rel_type": "m.reference", "event_id": "$sent"}
    return {
        "type": "com.beeper.message_send_status",
        "sender": BOT,
        "content": {"m.relates_to": relation, "status": "FAIL_PERMANENT"} | content,
    }


def notice(body: Any, **more: Any) -> dict[str, Any]:
    relation = {"m.in_reply_to": {"event_id": "$sent"}}
    content = {"msgtype": "m.notice", "body": body, "m.relates_to": relation}
    return {"type": "m.room.message", "sender": BOT, "content": content} | more


@pytest.mark.parametrize(
    "event",
    [
        status(),
        status(status="FAIL_RETRIABLE"),
        notice("\u26a0\ufe0f Your message was not bridged: you're not logged in"),
        notice("\u26a0 Your message may not have been bridged: timed out"),
    ],
)
def test_what_a_bridge_did_not_deliver(event: dict[str, Any]) -> None:
    assert undelivered(event, WHATSAPP) == "$sent"
    assert undelivered(event | {"sender": "@ann:example.org"}, WHATSAPP) is None


@pytest.mark.parametrize(
    "event",
    [
        status(status="SUCCESS"),
        status(status="PENDING"),
        status(status=["FAIL_PERMANENT"]),
        status(**{"m.relates_to": None}),
        status(**{"m.relates_to": {"event_id": 7}}),
        notice("\u26a0\ufe0f Your reaction was not bridged: not supported"),
        notice("You were logged out"),
        notice(None),
        {},
    ],
)
def test_what_says_nothing_of_the_kind(event: dict[str, Any]) -> None:
    assert undelivered(event, WHATSAPP) is None


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Ann (WA)", "Ann"),
        ("Ann (WhatsApp)", "Ann"),
        ("Ann (whatsapp)", "Ann"),
        ("Ann", "Ann"),
        ("Ann (Work)", "Ann (Work)"),
        ("Ann (Work) (WA)", "Ann (Work)"),
        ("(WA)", "(WA)"),
        ("", ""),
    ],
)
def test_names_of_ghosts(name: str, plain: str) -> None:
    assert plain_name(name, WHATSAPP) == plain
    assert chat_name(name, WHATSAPP) == f"{plain} (WhatsApp)"
