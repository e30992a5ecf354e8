"""One inbound event: into the log, once, with the right origin, and on to whom it concerns."""

import logging
from dataclasses import replace
from typing import Protocol

from sqlite_utils import Database

from storage.chats import upsert_chat, upsert_contact
from storage.database import now_ms, transaction
from storage.messages import NewMessage, Origin, dedupe_key, log_message, mark_recalled, storable
from storage.outbox import is_own_echo
from twin.connectors.base import (
    Event,
    LoggedIn,
    LoggedOut,
    MessageRecalled,
    MessageReceived,
    ScanNeeded,
)

log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who acts on what was logged."""

    def heard(self, chat_id: int, message_id: int) -> None:
        """A friend wrote."""

    def owner_spoke(self, chat_id: int) -> None:
        """The owner wrote, so the chat is in his hands."""


class Inbox:
    """`handle` is every connector's `emit`: when it returns, the event is on disk."""

    def __init__(self, db: Database, listener: Listener) -> None:
        self._db, self._listener = db, listener

    async def handle(self, platform: str, event: Event) -> None:
        match event:
            case MessageReceived():
                self._receive(platform, event)
            case MessageRecalled():
                self._recall(platform, event)
            case LoggedIn():
                log.info("%s: logged in", platform)
            case LoggedOut():
                log.warning("%s: logged out", platform)
            case ScanNeeded():
                log.warning("%s: a code waits to be scanned", platform)

    def _receive(self, platform: str, event: MessageReceived) -> None:
        logged = self._log(platform, event)
        if logged is None:
            return
        chat_id, message_id, origin = logged
        log.debug("%s: message %d of chat %d is %s", platform, message_id, chat_id, origin)
        if origin == "peer":
            self._listener.heard(chat_id, message_id)
        elif origin == "owner":
            self._listener.owner_spoke(chat_id)

    def _log(self, platform: str, event: MessageReceived) -> tuple[int, int, Origin] | None:
        """(chat, message, origin), or None when the chat is off or the message is known."""
        with transaction(self._db):
            chat = upsert_chat(
                self._db, platform, event.chat_external_id, event.chat_name, kind=event.chat_kind
            )
            # Known events are told apart first: a repeated one must not use up an echo.
            if chat.mode == "off" or self._is_known(chat.id, event.external_id):
                return None
            origin = self._origin(chat.id, event)
            sender_id = (
                upsert_contact(self._db, platform, event.sender_id, event.sender_name)
                if origin == "peer"
                else None
            )
            message = NewMessage(
                chat_id=chat.id,
                origin=origin,
                text=event.text,
                sent_at=event.sent_at,
                kind=event.kind,
                sender_id=sender_id,
                external_id=event.external_id,
            )
            message_id = log_live(self._db, message)
        return None if message_id is None else (chat.id, message_id, origin)

    def _is_known(self, chat_id: int, external_id: str | None) -> bool:
        row = self._db.execute(
            "SELECT 1 FROM messages WHERE chat_id = ? AND external_id = ?", [chat_id, external_id]
        ).fetchone()
        return row is not None

    def _origin(self, chat_id: int, event: MessageReceived) -> Origin:
        if not event.from_owner:
            return "peer"
        echo = is_own_echo(self._db, chat_id, event.text, event.external_id, event.sent_at)
        return "twin" if echo else "owner"

    def _recall(self, platform: str, event: MessageRecalled) -> None:
        row = self._db.execute(
            "SELECT id FROM chats WHERE platform = ? AND external_id = ?",
            [platform, event.chat_external_id],
        ).fetchone()
        if row is not None:
            mark_recalled(self._db, row[0], event.external_id, now_ms())


def log_live(db: Database, message: NewMessage) -> int | None:
    """Log a message as it happens; its row id, or None when an import brought it before.

    It gets the key that an export of the same chat would give it, so that a later import adds
    nothing twice and does not take what the twin said for the owner's words.
    """
    from_owner = message.origin != "peer"
    second = message.sent_at // 1000 * 1000
    nth = db.execute(
        "SELECT COUNT(*) FROM messages WHERE chat_id = ? AND sent_at BETWEEN ? AND ? "
        "AND source = 'live' AND (origin != 'peer') = ? AND kind = ? AND text = ?",
        [
            message.chat_id,
            *(second, second + 999),
            from_owner,
            message.kind,
            storable(message.text),
        ],
    ).fetchone()[0]
    key = dedupe_key(message.sent_at, from_owner, message.kind, message.text, nth)
    return log_message(db, replace(message, dedupe_key=key))
