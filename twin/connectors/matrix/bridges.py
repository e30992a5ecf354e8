"""What mautrix bridges write into Matrix: pure functions on their events.

Formats: mautrix-go, `bridgev2/matrix` and `event`; bridges of other makers keep to `m.bridge`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Wire = Mapping[str, Any]

# The second is what bridges wrote before the first was agreed on.
BRIDGE_TYPES = ("m.bridge", "uk.half-shot.bridge")
_STATUS = "com.beeper.message_send_status"
_FAILED = ("FAIL_RETRIABLE", "FAIL_PERMANENT")
# As in "⚠️ Your message was not bridged: …", which answers the message.
_FAILURE_NOTICE = re.compile(r"⚠️? Your message (was not|may not have been) bridged")
# WhatsApp's status updates, lists and channels: nobody there expects an answer.
_BROADCASTS = ("status@broadcast", "@broadcast", "@newsletter")
_GHOST = re.compile(r"(@[a-z0-9]+)bot:")  # the name of a bot, and what its ghosts' begin with
_SHORT = {"whatsapp": "WA"}  # what a bridge puts behind names, where it is not the network's name


@dataclass(frozen=True, slots=True)
class Portal:
    """A room that stands for a chat of another network. `network`: its name, for people."""

    network: str
    network_id: str
    bot: str
    kind: Literal["direct", "group"]
    is_broadcast: bool


def portal_of(states: Iterable[Wire]) -> Portal | None:
    """What the room's bridge states say, if any can be believed; of several the last."""
    found = [portal for state in states if (portal := _portal(state)) is not None]
    return found[-1] if found else None


def is_of_bridge(user_id: str, bots: Collection[str]) -> bool:
    """Whether it is one of these bots, or speaks for somebody behind it: @whatsapp_49…:server."""
    ghosts = [(ghost, _server(bot)) for bot in bots if (ghost := _GHOST.match(bot))]
    return user_id in bots or any(
        user_id.startswith(f"{ghost[1]}_") and _server(user_id) == server
        for ghost, server in ghosts
    )


def undelivered(event: Wire, portal: Portal) -> str | None:
    """The id of the message that the bridge says it did not deliver."""
    content = _object(event.get("content"))
    relation = _object(content.get("m.relates_to"))
    if event.get("sender") != portal.bot:
        return None
    if event.get("type") == _STATUS and content.get("status") in _FAILED:
        return _text(relation.get("event_id")) or None
    is_notice = content.get("msgtype") == "m.notice"
    if is_notice and _FAILURE_NOTICE.match(_text(content.get("body"))):
        return _text(_object(relation.get("m.in_reply_to")).get("event_id")) or None
    return None


def plain_name(name: str, portal: Portal) -> str:
    """A friend's name without what the bridge puts behind it: "Ann", not "Ann (WA)"."""
    names = {portal.network, portal.network_id, _SHORT.get(portal.network_id, "")}
    match = re.fullmatch(r"(.+?) \(([^()]+)\)", name)
    is_network = match is not None and match[2].casefold() in {one.casefold() for one in names}
    return match[1] if match is not None and is_network else name


def chat_name(name: str, portal: Portal) -> str:
    """Of a chat there: "Ann (WhatsApp)"."""
    return f"{plain_name(name, portal)} ({portal.network})"


def _portal(state: Wire) -> Portal | None:
    content = _object(state.get("content"))
    bot, sender = _text(content.get("bridgebot")), _text(state.get("sender"))
    protocol, channel = _object(content.get("protocol")), _object(content.get("channel"))
    network_id = _text(protocol.get("id"))
    # Whoever may change a room's state could name any bot, which would then be heard by nobody.
    if not bot.startswith("@") or not network_id or _server(bot) != _server(sender):
        return None
    return Portal(
        network=_one_line(_text(protocol.get("displayname"))) or network_id,
        network_id=network_id,
        bot=bot,
        kind=_kind(content),
        is_broadcast=_text(channel.get("id")).endswith(_BROADCASTS),
    )


def _kind(content: Wire) -> Literal["direct", "group"]:
    kind = content.get("com.beeper.room_type.v2") or content.get("com.beeper.room_type")
    return "direct" if kind == "dm" else "group"


def _server(user_id: str) -> str:
    return user_id.partition(":")[2]


def _one_line(text: str) -> str:
    return " ".join(text.split())[:40]


def _object(value: Any) -> Wire:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
