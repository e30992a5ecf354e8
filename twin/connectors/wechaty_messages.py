"""A gateway's message as an event of ours. Pure: what it needs to know is handed in."""

import json
import re
from dataclasses import dataclass
from typing import Any

from storage.messages import Kind
from twin.connectors.base import MessageRecalled, MessageReceived

# Numbers of wechaty's TypeScript side, which is what gateways send; the Python client's differ.
TEXT, RECALLED, UNKNOWN = 7, 13, 0
KINDS: dict[int, Kind] = {
    1: "file",
    2: "voice",
    3: "contact",
    5: "sticker",
    6: "image",
    7: "text",
    8: "location",
    9: "link",
    10: "system",
    11: "transfer",
    12: "transfer",
    14: "link",
    15: "video",
}
MEDIA: frozenset[str] = frozenset({"file", "voice", "sticker", "image", "video"})
TO_HIMSELF = "filehelper"
QUOTE = re.compile(r"^「(?P<who>[^：:]*)[：:].*?」\n[-—– ]{3,}\n(?P<own>.*)$", re.DOTALL)
RECALLED_ID = re.compile(r"<(?:newmsgid|msgid)>(\d+)</")
CALL = re.compile(r"<voip|voipinvite", re.IGNORECASE)
SECONDS_UNTIL = 100_000_000_000  # a timestamp below it is in seconds: some gateways send those


@dataclass(frozen=True, slots=True)
class Context:
    """Who the account is, and the names that belong to the message's ids."""

    account_id: str
    account_name: str
    sender_name: str
    chat_name: str


def chat_of(payload: Any, account_id: str) -> tuple[str, str]:
    """(id, kind) of the chat that a message belongs to."""
    if payload.room_id:
        return payload.room_id, "group"
    from_owner = payload.from_id == account_id
    other = payload.to_id if from_owner else payload.from_id
    if from_owner and other in (account_id, TO_HIMSELF, ""):
        return TO_HIMSELF if other == TO_HIMSELF else account_id, "self"
    return other, "direct"


def to_event(payload: Any, context: Context) -> MessageReceived | MessageRecalled:
    """The event of a message; a recall names the message that was taken back."""
    chat_id, chat_kind = chat_of(payload, context.account_id)
    number = int(payload.type)
    if number == RECALLED:
        return MessageRecalled(chat_id, recalled_id(payload.text))
    kind = _kind(number, payload.text)
    quote = QUOTE.match(payload.text) if kind == "text" else None
    from_owner = payload.from_id == context.account_id
    return MessageReceived(
        chat_external_id=chat_id,
        chat_name=context.chat_name,
        sender_id=payload.from_id,
        sender_name=context.sender_name,
        text=_text(kind, payload, quote),
        sent_at=_milliseconds(payload.timestamp),
        external_id=payload.id or None,
        from_owner=from_owner,
        kind=kind,
        chat_kind=chat_kind,
        mentions_owner=_mentions(payload, context),
        raw=None if kind == "text" and quote is None else _raw(payload),
        steers=from_owner and chat_kind == "self",
    )


def recalled_id(text: str) -> str:
    """The id in a recall: the text itself, or an element of WeChat's XML."""
    found = RECALLED_ID.search(text)
    return found[1] if found else text.strip()


def _kind(number: int, text: str) -> Kind:
    if number == UNKNOWN and CALL.search(text):
        return "call"
    return KINDS.get(number, "other")


def _text(kind: Kind, payload: Any, quote: re.Match[str] | None) -> str:
    """Words of a person only: what WeChat writes about a picture or a transfer is none."""
    if quote is not None:
        return quote["own"].strip()
    if kind == "text":
        return str(payload.text)
    return str(payload.filename) if kind == "file" else ""


def _mentions(payload: Any, context: Context) -> bool:
    if not payload.room_id or payload.from_id == context.account_id:
        return False
    named = bool(context.account_name) and f"@{context.account_name}" in payload.text
    return context.account_id in payload.mention_ids or named


def _milliseconds(timestamp: int) -> int:
    return timestamp * 1000 if timestamp < SECONDS_UNTIL else timestamp


def _raw(payload: Any) -> str:
    names = ("id", "type", "text", "filename", "timestamp", "from_id", "to_id", "room_id")
    values = {name: getattr(payload, name) for name in names}
    return json.dumps(values | {"type": int(payload.type)}, ensure_ascii=False)
