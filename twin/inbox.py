"""Log inbound events once, with the right origin, and pass them on."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Protocol

from sqlite_utils import Database

from storage import presence
from storage.chats import get_chat, upsert_chat
from storage.corrections import note_owner_words, note_recall
from storage.echoes import ALIKE, same_words
from storage.edits import change_wording
from storage.message_files import attach_media
from storage.messages import NewMessage, log_live, log_past, mark_recalled, sender_of
from storage.recalls import drop_reply_to
from storage.undelivered import mark_undelivered
from storage.values import storable_values
from twin.clock import SYSTEM_CLOCK, Clock
from twin.connectors.base import (
    Event,
    Heartbeat,
    LoggedIn,
    LoggedOut,
    MediaSaved,
    MessageEdited,
    MessageFailed,
    MessageRecalled,
    MessageReceived,
    ScanNeeded,
)
from twin.early_changes import EarlyChanges
from twin.lateness import Lateness
from twin.whose import Whose, row_of
from twin.writes import Writes

log = logging.getLogger(__name__)


class MessageHandler(Protocol):
    """Acts on messages once they are logged."""

    def friend_wrote(self, chat_id: int, message_id: int) -> None:
        """A friend wrote."""

    def friend_recalled(self, chat_id: int, message_id: int) -> None:
        """A friend took a message back."""

    def friend_edited(self, chat_id: int, message_id: int) -> None:
        """A friend changed a message."""

    def owner_wrote(self, chat_id: int) -> None:
        """The owner wrote, and so took over the chat."""

    def owner_commanded(self, chat_id: int, text: str) -> None:
        """The owner typed a command; the answer goes to that chat."""

    def media_came(self, message_id: int) -> None:
        """A message's file was saved."""


class Inbox:
    """`handle` is every connector's `emit`: when it returns, the event is on disk.

    `wall`: the machine's clock, where `clock` follows it a little later. `keeps_ms`: for so long
    a platform delivers later what is written there while nobody is connected.
    """

    def __init__(
        self,
        db: Database,
        handler: MessageHandler,
        clock: Clock = SYSTEM_CLOCK,
        wall: Clock | None = None,
        keeps_ms: Callable[[str], float] = lambda platform: 0,
    ) -> None:
        self._db, self._handler, self._clock = db, handler, clock
        self._writes, self._keeps_ms = Writes(db, clock), keeps_ms
        self._lateness = Lateness(clock, wall)
        self._early = EarlyChanges()

    async def handle(self, platform: str, event: Event) -> None:
        event = _storable(event)
        arrived, late_ms = self._clock.monotonic(), 0
        if isinstance(event, MessageReceived) and not event.is_history:
            late_ms = self._lateness.of(platform, event.sent_at)
        elif isinstance(event, MessageEdited):
            late_ms = self._lateness.of(platform, event.edited_at)
        await self._writes.run(lambda: self._take(platform, event, arrived, late_ms))

    def _take(self, platform: str, event: Event, arrived: float, late_ms: int) -> None:
        """Log and pass on what arrived then, in monotonic seconds; it may have waited since.

        One transaction: see `Writes.run`.
        """
        waited_ms = round((self._clock.monotonic() - arrived) * 1000)
        said_at = max(0, self._clock.now() - late_ms - waited_ms)
        match event:
            case MessageReceived(is_history=True):
                self._log_history(platform, event)
            case MessageReceived():
                self._receive(platform, replace(event, sent_at=said_at), event.sent_at)
            case MessageRecalled():
                self._recall(platform, event)
            case MessageEdited():
                self._edit(platform, replace(event, edited_at=said_at))
            case MessageFailed():
                self._fail(platform, event)
            case MediaSaved():
                self._attach(platform, event)
            case _:
                self._note_presence(platform, event)

    def _note_presence(self, platform: str, event: Event) -> None:
        now, kept_ms = self._clock.now(), self._keeps_ms(platform)
        match event:
            case LoggedIn():
                log.info("%s: logged in", platform)
                presence.logged_in(self._db, platform, event.name, now, kept_ms=kept_ms)
            case LoggedOut():
                log.warning("%s: logged out", platform)
                presence.logged_out(self._db, platform)
            case ScanNeeded():
                log.warning("%s: a login code waits to be scanned", platform)
                presence.scan_needed(self._db, platform, event.qr, now)
            case Heartbeat():
                presence.seen(self._db, platform, now, kept_ms=kept_ms)

    def _receive(self, platform: str, event: MessageReceived, exported_at: int) -> None:
        logged = self._log(platform, event, exported_at)
        if logged is None:
            return
        chat_id, message_id, origin = logged
        log.debug("%s: message %d of chat %d is %s", platform, message_id, chat_id, origin)
        if origin == "command":
            self._handler.owner_commanded(chat_id, event.text)
        elif origin == "peer":
            self._handler.friend_wrote(chat_id, message_id)
        elif origin == "owner" and event.kind != "system":  # such as their greeting to newcomers
            self._handler.owner_wrote(chat_id)
        self._change_early(platform, event)

    def _change_early(self, platform: str, message: MessageReceived) -> None:
        match self._early.take(platform, message):
            case MessageEdited() as edit:
                self._edit(platform, edit)
            case MessageRecalled() as recall:
                self._recall(platform, recall)

    def _log(
        self, platform: str, event: MessageReceived, exported_at: int
    ) -> tuple[int, int, Whose] | None:
        """(chat id, message id, what it is); None when the chat is off or the message is known."""
        row = self._row(platform, event, self._times(event, exported_at))
        if row is None:
            return None
        what, message = row
        message_id = log_live(self._db, message, exported_at=exported_at, now=self._clock.now())
        if message_id is None:
            return None
        if what in ("owner", "typed"):
            note_owner_words(self._db, message_id)
        return message.chat_id, message_id, what

    def _times(self, event: MessageReceived, exported_at: int) -> Sequence[int]:
        """What may be the time of the message.

        Ours is an estimate. So the platform's counts too, as it is and as it is by a clock that was
        set since, and the time at which we heard of it.
        """
        now = self._clock.now()
        theirs = now - round(self._lateness.since(exported_at))
        return event.sent_at, exported_at, theirs, now

    def _log_history(self, platform: str, event: MessageReceived) -> None:
        row = self._row(platform, event, (event.sent_at,))
        if row is not None:
            log_past(self._db, row[1])
            self._change_early(platform, event)

    def _row(
        self, platform: str, event: MessageReceived, times: Sequence[int]
    ) -> tuple[Whose, NewMessage] | None:
        """(what it is, the row to be logged); None when the chat is off or the message is known."""
        chat = upsert_chat(
            self._db, platform, event.chat_external_id, event.chat_name, kind=event.chat_kind
        )
        # First of all, since a repeated event must not use up an echo.
        if self._is_known(chat.id, event.external_id) or (event.is_history and chat.mode == "off"):
            return None
        return row_of(self._db, platform, chat, event, times)

    def _is_known(self, chat_id: int, external_id: str | None) -> bool:
        row = self._db.execute(
            "SELECT 1 FROM messages WHERE chat_id = ? AND external_id = ?", [chat_id, external_id]
        ).fetchone()
        return row is not None

    def _recall(self, platform: str, event: MessageRecalled) -> None:
        chat_id, now = self._chat_id(platform, event.chat_external_id), self._clock.now()
        if chat_id is None or not mark_recalled(self._db, chat_id, event.external_id, now):
            self._early.keep(platform, event)
            return
        note_recall(self._db, chat_id, event.external_id, now)
        message_id = drop_reply_to(self._db, chat_id, event.external_id, now=now)
        if message_id is not None:
            self._handler.friend_recalled(chat_id, message_id)

    def _edit(self, platform: str, event: MessageEdited) -> None:
        chat_id = self._chat_id(platform, event.chat_external_id)
        if chat_id is None or not self._is_known(chat_id, event.external_id):
            self._early.keep(platform, event)
            return
        if get_chat(self._db, chat_id).mode == "off" or not self._may_change(platform, event):
            return
        changed = change_wording(
            self._db, chat_id, event.external_id, event.text, at=event.edited_at
        )
        if changed is None or not changed.is_live:
            return
        if changed.origin == "peer":
            self._handler.friend_edited(chat_id, changed.message_id)
        elif same_words(changed.before, event.text) < ALIKE:  # else the platform did it
            self._handler.owner_wrote(chat_id)

    def _fail(self, platform: str, event: MessageFailed) -> None:
        chat_id, now = self._chat_id(platform, event.chat_external_id), self._clock.now()
        if chat_id is not None and mark_undelivered(self._db, chat_id, event.external_id, now=now):
            log.warning("chat %d: %s did not deliver a message of the twin's", chat_id, platform)

    def _may_change(self, platform: str, event: MessageEdited) -> bool:
        if event.sender_id is None:
            return True
        author = sender_of(self._db, platform, event.chat_external_id, event.external_id)
        return author == event.sender_id if author else event.from_owner

    def _attach(self, platform: str, event: MediaSaved) -> None:
        chat_id = self._chat_id(platform, event.chat_external_id)
        if chat_id is not None:
            message_id = attach_media(self._db, chat_id, event.external_id, event.path)
            if message_id is not None:
                self._handler.media_came(message_id)

    def _chat_id(self, platform: str, external_id: str) -> int | None:
        row = self._db.execute(
            "SELECT id FROM chats WHERE platform = ? AND external_id = ?", [platform, external_id]
        ).fetchone()
        return None if row is None else int(row[0])


def _storable(event: Event) -> Event:
    """Platforms send halves of characters and NUL, which no file, model or page takes."""
    values = {one.name: getattr(event, one.name) for one in fields(event)}
    return replace(event, **storable_values(values))
