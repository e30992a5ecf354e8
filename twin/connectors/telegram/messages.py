"""Turn Telegram's messages into events. Knows no network."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from telegram import (
    Animation,
    Audio,
    Document,
    Message,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
    PhotoSize,
    Sticker,
    Video,
    VideoNote,
    Voice,
)

from storage.messages import Kind
from twin.connectors.base import MessageReceived
from twin.connectors.telegram.sticker_keys import ANIMATION, STICKER, logged

SERVICE = 777000  # Telegram itself, which writes login codes
File = Animation | Audio | Document | PhotoSize | Sticker | Video | VideoNote | Voice
# An animation comes as a document too, so the order counts.
_FILES: tuple[tuple[str, Kind], ...] = (
    ("animation", "sticker"),
    ("photo", "image"),
    ("voice", "voice"),
    ("video", "video"),
    ("video_note", "video"),
    ("sticker", "sticker"),
    ("audio", "file"),
    ("document", "file"),
)
_OTHERS: tuple[tuple[str, Kind], ...] = (
    ("venue", "location"),  # which has a location too
    ("location", "location"),
    ("contact", "contact"),
    ("invoice", "transfer"),
    ("successful_payment", "transfer"),
    ("refunded_payment", "transfer"),
    ("gift", "transfer"),
    ("unique_gift", "transfer"),
    ("poll", "other"),
    ("dice", "other"),
    ("game", "other"),
    ("story", "other"),
    ("checklist", "other"),
    ("paid_media", "other"),
    ("giveaway", "other"),
)


@dataclass(frozen=True, slots=True)
class Content:
    """What a message holds: `raw` is what the platform says of what is no text."""

    kind: Kind
    text: str
    raw: str | None = None


def content_of(message: Message) -> Content:
    """As an export of the same chat is imported: see storage/importers/formats/telegram.py.

    Of stickers more is told here, so that they can be sent again.
    """
    said = message.text or message.caption or ""
    if message.forward_origin is not None:
        return Content("forward", said, _origin(message.forward_origin))
    for name, kind in _FILES:
        if found := getattr(message, name):
            return Content(kind, said, _raw(found))
    for name, kind in _OTHERS:
        if found := getattr(message, name):
            return Content(kind, said, _described(found))
    if message.text:
        return Content("text", said)
    return Content("system" if message.api_kwargs == {} else "other", said)


def _raw(file: Any) -> str | None:
    if isinstance(file, Sticker | Animation):
        kind = STICKER if isinstance(file, Sticker) else ANIMATION
        return logged(kind, getattr(file, "emoji", None), file.file_id)
    return getattr(file, "file_name", None)


def file_of(message: Message) -> File | None:
    """The file to fetch: of a picture the largest size; of what was passed on, none."""
    if message.forward_origin is not None:
        return None
    for name, _ in _FILES:
        found = getattr(message, name)
        if name == "photo" and found:
            return max(found, key=lambda size: size.width * size.height)  # type: ignore[no-any-return]
        if found:
            return found  # type: ignore[no-any-return]
    return None


def file_name_of(file: File, path: str) -> str:
    """A name with the right ending; `path` is where the server keeps it."""
    return getattr(file, "file_name", None) or path.rpartition("/")[2]


def is_echo(message: Message, bot_id: int) -> bool:
    """Whether the bot itself sent it in the owner's name."""
    return message.sender_business_bot is not None and message.sender_business_bot.id == bot_id


def business_message(message: Message, owner_id: int, bot_id: int) -> MessageReceived:
    """A message between the owner and a friend, whose id is the chat's, as in exports."""
    by_owner = message.from_user is not None and message.from_user.id == owner_id
    content, name = content_of(message), _name(message)
    kind, raw = content.kind, content.raw
    if by_owner and _is_automatic(message) and not is_echo(message, bot_id):
        kind, raw = "system", raw or "sent by Telegram or by another bot"
    return MessageReceived(
        chat_external_id=str(message.chat.id),
        chat_name=name,
        sender_id=str(owner_id if by_owner else message.chat.id),
        sender_name=message.from_user.full_name if by_owner and message.from_user else name,
        text=content.text,
        sent_at=_ms(message),
        external_id=str(message.message_id),
        from_owner=by_owner,
        kind=kind,
        chat_kind="self" if message.chat.id == owner_id else "direct",
        reply_to=_reply_to(message),
        raw=raw,
    )


def owners_order(message: Message, chat: str) -> MessageReceived:
    """What the owner writes to the bot itself."""
    content, user = content_of(message), message.from_user
    assert user is not None
    return MessageReceived(
        chat_external_id=chat,
        chat_name=user.full_name,
        sender_id=str(user.id),
        sender_name=user.full_name,
        text=content.text,
        sent_at=_ms(message),
        external_id=str(message.message_id),
        from_owner=True,
        kind=content.kind,
        chat_kind="self",
        reply_to=_reply_to(message),
        raw=content.raw,
        steers=True,
    )


def _is_automatic(message: Message) -> bool:
    """A greeting, an absence note or a scheduled message: nobody typed it now.

    What another bot wrote in the owner's name is nobody's word either.
    """
    return bool(message.is_from_offline) or message.sender_business_bot is not None


def _name(message: Message) -> str:
    chat = message.chat
    return chat.effective_name or chat.username or str(chat.id)


def _reply_to(message: Message) -> str | None:
    return str(message.reply_to_message.message_id) if message.reply_to_message else None


def _ms(message: Message) -> int:
    return int(message.date.timestamp() * 1000)


def _origin(origin: object) -> str | None:
    match origin:
        case MessageOriginUser():
            return origin.sender_user.full_name
        case MessageOriginHiddenUser():
            return origin.sender_user_name
        case MessageOriginChat():
            return origin.sender_chat.effective_name
        case MessageOriginChannel():
            return origin.chat.effective_name
    return None


def _described(found: Any) -> str | None:
    values = found[0] if isinstance(found, Sequence) else found
    return json.dumps(values.to_dict(), ensure_ascii=False, default=str)
