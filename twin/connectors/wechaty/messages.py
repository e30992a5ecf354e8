"""Convert a gateway's message into the event that the twin logs. Pure functions."""

import json
import re
from dataclasses import asdict, dataclass

from storage.messages import Kind
from storage.platform_markup import attribute_of, decoded, field_of, is_app_xml
from twin.connectors.base import MessageReceived
from twin.connectors.wechaty.mentions import at_signs, mentions, without_quoted
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

# 「Ann：what Ann wrote」, a line of dashes, and the answer: a quote as older gateways tell it. The
# last such line counts, since what is quoted may be an answer with a quote itself.
_QUOTE = re.compile(r"「.*」[^\S\n]*\n(?:- ?){5,}[^\S\n]*\n(?P<answer>.*)", re.DOTALL)
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
    message: Payload,
    owner: OwnAccount,
    *,
    chat_name: str,
    sender_name: str,
    now: int,
    nickname: str = "",
) -> MessageReceived:
    """The event. `now` stands in for a missing time, `nickname` is the owner's in that group."""
    place, kind = place_of(message, owner), kind_of(message)
    from_owner = message.talker == owner.id
    text, reply_to = _text(message, kind)
    in_group = place.kind == "group" and not from_owner
    own_words = text if kind == "text" else ""  # and not the title of what they pass on
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
        mentions_owner=in_group and _mentions(message, own_words, owner, nickname),
        reply_to=reply_to,
        raw=None if kind == "text" and text == message.text else raw_of(message),
        steers=from_owner and place.kind == "self",
    )


def recalled_id(message: Payload) -> str:
    """The id of the message that was taken back: the whole text, or inside WeChat's XML."""
    text = message.text
    return field_of(text, "newmsgid") or field_of(text, "msgid") or text.strip()


def raw_of(message: Payload) -> str:
    return json.dumps(asdict(message), ensure_ascii=False)


def may_name_owner(message: Payload, owner: OwnAccount) -> bool:
    """Whether the owner's name in a group has to be known to tell if they are mentioned."""
    return bool(message.room) and message.talker != owner.id and at_signs(message.text) > 0


def _encoded_text(message: Payload) -> str:
    text = message.text.replace("\0", "")
    if message.room:  # WeChat's web protocol names the sender once more
        text = re.sub(rf"^{re.escape(message.talker)}:\s?(?:<br/>|\n)", "", text)
    return text


def _text(message: Payload, kind: Kind) -> tuple[str, str | None]:
    """(what was written or says best what it is, the id of the message that it answers)."""
    text = _encoded_text(message)
    match kind:
        case "text":
            return _without_quote(text)
        case "system":
            return decoded(text), None
        case "link":
            return "\n".join(filter(None, (field_of(text, "title"), field_of(text, "url")))), None
        case "file":
            return message.filename or field_of(text, "title"), None
        case "location":
            place = attribute_of(text, "poiname"), attribute_of(text, "label")
            return "\n".join(filter(None, place)) or _first_line(text), None
        case "contact":
            return attribute_of(text, "nickname"), None
        case "transfer":
            return field_of(text, "title") or _first_line(text), None
        case _:
            return "", None


def _without_quote(text: str) -> tuple[str, str | None]:
    if is_app_xml(text):
        return decoded(text), field_of(text, "svrid") or None
    text = decoded(text)
    quote = _QUOTE.match(text)
    return (quote["answer"].strip(), None) if quote else (text, None)


def _quotes(message: Payload) -> bool:
    return "refermsg" in message.text or _QUOTE.match(decoded(message.text)) is not None


def _mentions(message: Payload, own_words: str, owner: OwnAccount, nickname: str) -> bool:
    own_words = without_quoted(own_words)
    # A gateway may list who is mentioned in the quote as well.
    are_own = not _quotes(message) or at_signs(own_words) >= len(message.mentions)
    if owner.id in message.mentions and are_own:
        return True
    return any(mentions(own_words, name) for name in (owner.name, nickname))


def _milliseconds(timestamp: int) -> int:
    return timestamp * 1000 if timestamp < _SECONDS_UNTIL else timestamp


def _is_call(text: str) -> bool:
    return "<voip" in text


def _first_line(text: str) -> str:
    """Of a text for people; XML is none."""
    line = decoded(text).strip().partition("\n")[0]
    return "" if line.startswith(("<", "&lt;")) else line.rstrip(":：")
