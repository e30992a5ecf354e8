"""Convert Matrix events into those that the twin logs. Pure functions on what is on the wire.

Strangers write it, so that nothing in it is taken for granted.
"""

import json
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from storage.importers.programs.matrix_said import without_quote
from storage.messages import DISAGREEING_MS, Kind
from twin.connectors.base import (
    Event,
    MessageEdited,
    MessageFailed,
    MessageRecalled,
    MessageReceived,
)
from twin.connectors.matrix.bridges import undelivered
from twin.connectors.matrix.rooms import Place

FUTURE_MS = 300_000  # no clock of a server is trusted beyond
Wire = Mapping[str, Any]

_KINDS: dict[str, Kind] = {
    "m.text": "text",
    "m.emote": "text",
    "m.notice": "system",  # a machine's words
    "m.image": "image",
    "m.video": "video",
    "m.file": "file",
    "m.location": "location",
}
_OF_TYPE: dict[str, Kind] = {
    "m.sticker": "sticker",
    "m.call.invite": "call",
    "m.poll.start": "other",
    "org.matrix.msc3381.poll.start": "other",
    "m.room.encrypted": "other",  # nobody has the keys
}
_WITH_FILE = ("m.image", "m.video", "m.audio", "m.file")


@dataclass(frozen=True, slots=True)
class Owner:
    """The account's id and what it is called."""

    id: str
    name: str


def target_of_edit(event: Wire) -> str | None:
    """The id of the message that this one changes; None: it is one of its own."""
    relation = _object(_content(event).get("m.relates_to"))
    if relation.get("rel_type") != "m.replace":
        return None
    return _text(relation.get("event_id"))


def event_of(
    event: Wire,
    place: Place,
    owner: Owner,
    sender_name: str,
    *,
    now: int,
    since: int | None = None,
    bots: Set[str] = frozenset(),
) -> Event | None:
    """What the twin is told of it; None: nothing.

    `since`: the end of what was heard before, in UTC milliseconds. What a bridge tells now and is
    older was filled in. `bots`: of the owner's bridges; whatever they write is no friend's.
    """
    if place.portal is not None:
        if place.portal.is_broadcast:
            return None
        lost = undelivered(event, place.portal)
        if lost is not None:
            return MessageFailed(place.id, lost)
    kind = kind_of(event)
    target = target_of_edit(event)
    if event.get("type") == "m.room.redaction":
        redacted = _text(event.get("redacts") or _content(event).get("redacts"))
        return MessageRecalled(place.id, redacted) if redacted else None
    if target is not None:
        return _edit(event, target, place, owner, now) if kind == "text" else None
    if kind is None:
        return None
    if _text(event.get("sender")) in bots:
        kind = "system"  # whatever it calls itself
    message = _message(event, kind, place, owner, sender_name, now)
    if message is None or since is None or place.portal is None or message.key is not None:
        return message  # elsewhere it is a server whose clock is behind, or that was away
    return replace(message, is_history=message.sent_at < since - DISAGREEING_MS)


def _edit(event: Wire, target: str, place: Place, owner: Owner, now: int) -> MessageEdited | None:
    text = _text(_object(_content(event).get("m.new_content")).get("body"))
    if not text:
        return None
    sender = _text(event.get("sender"))  # servers take the edit of another one's message
    return MessageEdited(place.id, target, text, _sent_at(event, now), sender, sender == owner.id)


def kind_of(event: Wire) -> Kind | None:
    """None for what is no message: reactions, the state of a room, and the like."""
    content, of_type = _content(event), _text(event.get("type"))
    if "state_key" in event:
        return None
    if of_type != "m.room.message":
        return _OF_TYPE.get(of_type)
    msgtype = _text(content.get("msgtype"))
    if msgtype.startswith("m.key.verification.") or not msgtype:
        return None
    if msgtype == "m.audio":
        is_voice = "org.matrix.msc3245.voice" in content or "m.voice" in content
        return "voice" if is_voice else "file"
    return _KINDS.get(msgtype, "other")


def _message(
    event: Wire, kind: Kind, place: Place, owner: Owner, sender_name: str, now: int
) -> MessageReceived | None:
    content, sender = _content(event), _text(event.get("sender"))
    from_owner = sender == owner.id
    if kind == "system" and from_owner:
        return None  # a program of theirs: neither their words nor the twin's
    text, reply_to = _words(content, kind)
    return MessageReceived(
        chat_external_id=place.id,
        chat_name=place.name,
        sender_id=sender,
        sender_name=sender_name,
        text=text,
        sent_at=_sent_at(event, now),
        external_id=_text(event.get("event_id")),
        from_owner=from_owner,
        kind=kind,
        chat_kind=place.kind,
        mentions_owner=not from_owner and _mentions(content, text, owner),
        reply_to=reply_to,
        raw=None if kind == "text" else json.dumps(content, ensure_ascii=False),
        steers=from_owner and place.kind == "self",
        key=_text(_object(event.get("unsigned")).get("transaction_id")) or None,
    )


def _words(content: Wire, kind: Kind) -> tuple[str, str | None]:
    """(what was written, or the name of a file; the id of the message that it answers)."""
    relation = _object(content.get("m.relates_to"))
    answered = _text(_object(relation.get("m.in_reply_to")).get("event_id")) or None
    body = _text(content.get("body"))
    if answered is not None:
        body, _ = without_quote(body)
    if relation.get("rel_type") == "m.thread" and relation.get("is_falling_back") is True:
        answered = None  # it only names the last message of its thread
    if kind in ("other", "call"):
        return "", answered
    if content.get("msgtype") in _WITH_FILE or kind == "sticker":
        filename = _text(content.get("filename"))
        caption = body if filename and filename != body else ""
        return caption or (body if kind == "file" else ""), answered
    return body, answered


def _mentions(content: Wire, text: str, owner: Owner) -> bool:
    """By the list that clients send; older ones only write the name."""
    named = content.get("m.mentions")
    if isinstance(named, Mapping):
        people = named.get("user_ids")
        return isinstance(people, list) and owner.id in people
    if owner.id in text or f"/#/{owner.id}" in _text(content.get("formatted_body")):
        return True
    if not owner.name:
        return False
    begins = re.search(rf"^{re.escape(owner.name)}[:,：，]", text, re.I)
    return bool(begins or re.search(rf"@{re.escape(owner.name)}(?!\w)", text, re.I))


def _sent_at(event: Wire, now: int) -> int:
    """A stranger's server says so: a time far ahead would make every other message a late one."""
    at = event.get("origin_server_ts")
    return min(max(at, 0), now + FUTURE_MS) if type(at) is int else now


def _content(event: Wire) -> Wire:
    return _object(event.get("content"))


def _object(value: Any) -> Wire:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
