"""Tell whose an inbound message is: a friend's, the owner's, what the twin sent, or a command."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from sqlite_utils import Database

from storage.chats import Chat, upsert_contact
from storage.echoes import WITH_WORDS, find_echo, same_words
from storage.messages import NewMessage, Origin
from storage.outbox import Piece
from twin.connectors.base import MessageReceived

COMMANDS = ("/twin", "／twin")  # a Chinese keyboard types a full-width slash
# "typed": the owner typed it on their pages.
Whose = Origin | Literal["command", "echo", "typed"]


def is_command(event: MessageReceived) -> bool:
    """Whether it is the owner's command. From anyone else the same words are ordinary text."""
    words = event.text.split(maxsplit=1)
    return event.steers and bool(words) and words[0].lower() in COMMANDS


def row_of(
    db: Database, platform: str, chat: Chat, event: MessageReceived, times: Sequence[int]
) -> tuple[Whose, NewMessage] | None:
    """(whose it is, the row to be logged); None when the chat is off or the log has it.

    `times`: what may be the time at which the owner's account wrote it, in UTC milliseconds.
    """
    if is_command(event):
        return "command", _row(chat.id, "owner", event, kind="command")
    if chat.mode == "off":
        return None
    if not event.from_owner:
        sender = upsert_contact(db, platform, event.sender_id, event.sender_name)
        return "peer", _row(chat.id, "peer", event, sender_id=sender)
    words = event.text if event.kind in WITH_WORDS else None
    id_, key, kind = event.external_id, event.key, event.kind
    echo = find_echo(db, chat.id, words, id_, *times, key=key, kind=kind)
    if echo is None:
        return "owner", _row(chat.id, "owner", event)
    if echo.is_again:
        return None
    sent = echo.piece
    # An edited draft is in the owner's words, but the bot sent it: that is no takeover.
    # A message typed on the dashboard took the chat over when it was typed.
    whose: Whose = "typed" if sent.is_typed else "echo"
    return whose, _row(chat.id, sent.words, _as_sent(event, sent), kind=sent.kind)


def _as_sent(event: MessageReceived, sent: Piece) -> MessageReceived:
    """The echo with the words as they were sent: what a platform made of them is nobody's."""
    is_spoken = event.kind == "voice" and sent.kind == "text"
    if event.text == sent.text or not (is_spoken or same_words(sent.text, event.text)):
        return event
    return replace(event, text=sent.text, raw=event.raw or event.text)


def _row(chat_id: int, origin: Origin, event: MessageReceived, **more: Any) -> NewMessage:
    values = {"kind": event.kind} | more
    return NewMessage(
        chat_id=chat_id,
        origin=origin,
        text=event.text,
        sent_at=event.sent_at,
        external_id=event.external_id,
        reply_to=event.reply_to,
        raw=event.raw,
        mentions_owner=event.mentions_owner,
        **values,
    )
