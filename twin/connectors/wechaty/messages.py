"""Convert a gateway's message into the event that the twin logs. Pure functions."""

import html
import json
import re
from dataclasses import asdict, dataclass

from storage.messages import Kind
from twin.connectors.base import MessageReceived
from twin.connectors.wechaty.puppet import Payload

TEXT, RECALLED, URL = 7, 13, 14
FILE_HELPER = "filehelper"

# The TypeScript wechaty's numbers, which is what gateways send whatever wechaty-grpc says. Not
# here: 0 (unknown), 4 (forwarded chats), 16 (posts) and what comes after; they are kept raw.
_KINDS: dict[int, Kind] = {
    1: "file",
    2: "voice",
    3: "contact",
    5: "sticker",
    6: "image",
    TEXT: "text",
    8: "location",
    9: "link",  # a mini program
    10: "system",  # a note in a group
    11: "transfer",
    12: "transfer",  # a red envelope
    URL: "link",
    15: "video",
}
WITH_FILE = frozenset({"file", "voice", "sticker", "image", "video"})

# 「Ann：what Ann wrote」, a line of dashes, and the answer: a quote as older gateways tell it.
_QUOTE = re.compile(r"「(?P<quoted>.*?)」\s*\n(?:- ?){5,}\s*\n(?P<answer>.*)", re.DOTALL)
_IDEOGRAPHIC_SPACE = "\u2005"  # WeChat ends an @name with it
_SECONDS_UNTIL = 100_000_000_000  # in milliseconds this is 1973, in seconds the year 5138


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """The account that is logged in."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ChatPlace:
    """Where a message belongs."""

    id: str
    kind: str


def place_of(message: Payload, owner: OwnAccount) -> ChatPlace:
    """A group, the owner's chat with themselves, or the other person's chat."""
    if message.room:
        return ChatPlace(message.room, "group")
    people = {message.talker, message.listener}
    if FILE_HELPER in people:
        return ChatPlace(FILE_HELPER, "self")
    other = message.listener if message.talker == owner.id else message.talker
    if not other or other == owner.id:
        return ChatPlace(owner.id, "self")
    return ChatPlace(other, "direct")


def kind_of(message: Payload) -> Kind:
    if message.type == 0 and _is_call(message.text):
        return "call"
    if not message.talker:
        return "system"  # the platform itself speaks
    return _KINDS.get(message.type, "other")


def received(
    message: Payload, owner: OwnAccount, *, chat_name: str, sender_name: str, now: int
) -> MessageReceived:
    """The event. `now` stands in for a missing time."""
    place, kind = place_of(message, owner), kind_of(message)
    from_owner = message.talker == owner.id
    text, reply_to = _text(message, kind)
    return MessageReceived(
        chat_external_id=place.id,
        chat_name=chat_name,
        sender_id=message.talker or place.id,
        sender_name=sender_name,
        text=text,
        sent_at=_milliseconds(message.timestamp) or now,
        external_id=message.id,
        from_owner=from_owner,
        kind=kind,
        chat_kind=place.kind,
        mentions_owner=place.kind == "group" and not from_owner and _mentions(message, owner),
        reply_to=reply_to,
        raw=None if kind == "text" and text == message.text else raw_of(message),
        steers=from_owner and place.kind == "self",
    )


def recalled_id(message: Payload) -> str:
    """The id of the message that was taken back: the whole text, or inside WeChat's XML."""
    return _tag(message.text, "newmsgid") or _tag(message.text, "msgid") or message.text.strip()


def raw_of(message: Payload) -> str:
    return json.dumps(asdict(message), ensure_ascii=False)


def _text(message: Payload, kind: Kind) -> tuple[str, str | None]:
    """(what was written or says best what it is, the id of the message that it answers)."""
    text = message.text.replace("\0", "")
    match kind:
        case "text":
            return _without_quote(text)
        case "system":
            return text, None
        case "link":
            return "\n".join(filter(None, (_tag(text, "title"), _tag(text, "url")))), None
        case "file":
            return message.filename or _tag(text, "title"), None
        case "location":
            place = _attribute(text, "poiname"), _attribute(text, "label")
            return "\n".join(filter(None, place)) or _first_line(text), None
        case "contact":
            return _attribute(text, "nickname"), None
        case "transfer":
            return _tag(text, "title") or _first_line(text), None
        case _:
            return "", None


def _without_quote(text: str) -> tuple[str, str | None]:
    if "<refermsg>" in text:
        return _tag(text, "title"), _tag(text, "svrid") or None
    quote = _QUOTE.match(text)
    return (quote["answer"].strip(), None) if quote else (text, None)


def _mentions(message: Payload, owner: OwnAccount) -> bool:
    if owner.id in message.mentions:
        return True
    end = rf"(?=[\s{_IDEOGRAPHIC_SPACE}]|$)"
    return bool(owner.name and re.search(rf"@{re.escape(owner.name)}{end}", message.text))


def _milliseconds(timestamp: int) -> int:
    return timestamp * 1000 if timestamp < _SECONDS_UNTIL else timestamp


def _is_call(text: str) -> bool:
    return re.search(r"<voip\w*msg|<voip", text) is not None


def _first_line(text: str) -> str:
    """Of a text for people; XML is none."""
    line = text.strip().partition("\n")[0]
    return "" if line.startswith(("<", "&lt;")) else line.rstrip(":：")


# Regular expressions, and no XML parser: the XML is a stranger's, and one field is wanted.
def _tag(text: str, name: str) -> str:
    pattern = rf"<{name}>\s*(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))\s*</{name}>"
    found = re.search(pattern, _plain_xml(text), re.DOTALL)
    return html.unescape((found[1] or found[2] or "").strip()) if found else ""


def _attribute(text: str, name: str) -> str:
    found = re.search(rf"\b{name}\s*=\s*([\"'])(.*?)\1", _plain_xml(text), re.DOTALL)
    return html.unescape(found[2].strip()) if found else ""


def _plain_xml(text: str) -> str:
    """Some gateways escape the XML once more."""
    return html.unescape(text) if text.lstrip().startswith("&lt;") else text
