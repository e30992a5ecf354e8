"""Log inbound events once, with the right origin, and pass them on."""

import logging
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, Literal, Protocol

from sqlite_utils import Database

from storage import presence
from storage.chats import Chat, upsert_chat, upsert_contact
from storage.corrections import note_owner_words, note_recall
from storage.database import transaction
from storage.echoes import ALIKE, WITH_WORDS, find_echo, same_words
from storage.edits import change_wording
from storage.messages import (
    NewMessage,
    Origin,
    attach_media,
    log_live,
    log_past,
    mark_recalled,
)
from storage.outbox import Piece
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
from twin.lateness import Lateness
from twin.writes import Writes

log = logging.getLogger(__name__)

COMMANDS = ("/twin", "／twin")  # a Chinese keyboard types a full-width slash


class MessageHandler(Protocol):
    """Acts on messages once they are logged."""

    def friend_wrote(self, chat_id: int, message_id: int) -> None:
        """A friend wrote."""

    def friend_recalled(self, chat_id: int, message_id: int) -> None:
        """A friend took a message back."""

    def friend_edited(self, chat_id: int) -> None:
        """A friend changed a message."""

    def owner_wrote(self, chat_id: int) -> None:
        """The owner wrote, and so took over the chat."""

    def owner_commanded(self, chat_id: int, text: str) -> None:
        """The owner typed a command; the answer goes to that chat."""


class Inbox:
    """`handle` is every connector's `emit`: when it returns, the event is on disk.

    `wall`: the machine's clock, where `clock` follows it a little later. `misses`: whether what is
    written on a platform while nobody is connected is not delivered later.
    """

    def __init__(
        self,
        db: Database,
        handler: MessageHandler,
        clock: Clock = SYSTEM_CLOCK,
        wall: Clock | None = None,
        misses: Callable[[str], bool] = lambda platform: True,
    ) -> None:
        self._db, self._handler, self._clock = db, handler, clock
        self._writes, self._misses = Writes(db, clock), misses
        self._lateness = Lateness(clock, wall)

    async def handle(self, platform: str, event: Event) -> None:
        event = _storable(event)
        arrived, late_ms = self._clock.monotonic(), 0
        if isinstance(event, MessageReceived) and not event.is_history:
            late_ms = self._lateness.of(platform, event.sent_at)
        await self._writes.run(lambda: self._take(platform, event, arrived, late_ms))

    def _take(self, platform: str, event: Event, arrived: float, late_ms: int) -> None:
        """Log and pass on what arrived then, in monotonic seconds; it may have waited since."""
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
                self._edit(platform, event)
            case MessageFailed():
                self._fail(platform, event)
            case MediaSaved():
                self._attach(platform, event)
            case _:
                self._note_presence(platform, event)

    def _note_presence(self, platform: str, event: Event) -> None:
        now, misses = self._clock.now(), self._misses(platform)
        match event:
            case LoggedIn():
                log.info("%s: logged in", platform)
                presence.logged_in(self._db, platform, event.name, now, misses=misses)
            case LoggedOut():
                log.warning("%s: logged out", platform)
                presence.logged_out(self._db, platform)
            case ScanNeeded():
                log.warning("%s: a login code waits to be scanned", platform)
                presence.scan_needed(self._db, platform, event.qr, now)
            case Heartbeat():
                presence.seen(self._db, platform, now, misses=misses)

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

    def _log(
        self, platform: str, event: MessageReceived, exported_at: int
    ) -> tuple[int, int, Origin | Literal["command", "echo", "typed"]] | None:
        """(chat id, message id, what it is); None when the chat is off or the message is known."""
        with transaction(self._db):
            chat = upsert_chat(
                self._db, platform, event.chat_external_id, event.chat_name, kind=event.chat_kind
            )
            # First of all, since a repeated event must not use up an echo.
            if self._is_known(chat.id, event.external_id):
                return None
            row = self._as_message(platform, chat, event, exported_at)
            if row is None:
                return None
            what, message = row
            message_id = log_live(self._db, message, exported_at=exported_at, now=self._clock.now())
            if what in ("owner", "typed") and message_id is not None:
                note_owner_words(self._db, message_id)
        return None if message_id is None else (chat.id, message_id, what)

    def _as_message(
        self, platform: str, chat: Chat, event: MessageReceived, exported_at: int
    ) -> tuple[Origin | Literal["command", "echo", "typed"], NewMessage] | None:
        """(what it is, the row to be logged); None when the chat is off or the log has it."""
        if is_command(event):
            return "command", _message(chat.id, "owner", event, kind="command")
        if chat.mode == "off":
            return None
        if not event.from_owner:
            sender = upsert_contact(self._db, platform, event.sender_id, event.sender_name)
            return "peer", _message(chat.id, "peer", event, sender_id=sender)
        words = event.text if event.kind in WITH_WORDS else None
        # Our time of a message is an estimate. So the platform's counts too, as it is and as it is
        # by a clock that was set since, and the time at which we heard of it.
        now = self._clock.now()
        theirs = now - round(self._lateness.since(exported_at))
        times = (event.sent_at, exported_at, theirs, now)
        echo = find_echo(self._db, chat.id, words, event.external_id, *times, key=event.key)
        if echo is None:
            return "owner", _message(chat.id, "owner", event)
        if echo.is_again:
            return None
        sent = echo.piece
        # An edited draft is in the owner's words, but the bot sent it: that is no takeover.
        # A message typed on the dashboard took the chat over when it was typed.
        what: Literal["echo", "typed"] = "typed" if sent.is_typed else "echo"
        return what, _message(chat.id, sent.words, _as_sent(event, sent), kind=sent.kind)

    def _log_history(self, platform: str, event: MessageReceived) -> None:
        with transaction(self._db):
            chat = upsert_chat(
                self._db, platform, event.chat_external_id, event.chat_name, kind=event.chat_kind
            )
            if chat.mode == "off" or self._is_known(chat.id, event.external_id):
                return
            if event.from_owner:
                kind = "command" if is_command(event) else event.kind
                message = _message(chat.id, "owner", event, kind=kind)
            else:
                sender = upsert_contact(self._db, platform, event.sender_id, event.sender_name)
                message = _message(chat.id, "peer", event, sender_id=sender)
            log_past(self._db, message)

    def _is_known(self, chat_id: int, external_id: str | None) -> bool:
        row = self._db.execute(
            "SELECT 1 FROM messages WHERE chat_id = ? AND external_id = ?", [chat_id, external_id]
        ).fetchone()
        return row is not None

    def _recall(self, platform: str, event: MessageRecalled) -> None:
        chat_id, now = self._chat_id(platform, event.chat_external_id), self._clock.now()
        if chat_id is not None:
            with transaction(self._db):
                mark_recalled(self._db, chat_id, event.external_id, now)
                note_recall(self._db, chat_id, event.external_id, now)
                message_id = drop_reply_to(self._db, chat_id, event.external_id, now=now)
            if message_id is not None:
                self._handler.friend_recalled(chat_id, message_id)

    def _edit(self, platform: str, event: MessageEdited) -> None:
        chat_id, now = self._chat_id(platform, event.chat_external_id), self._clock.now()
        if chat_id is None:
            return
        with transaction(self._db):
            changed = change_wording(self._db, chat_id, event.external_id, event.text, at=now)
        if changed is None:
            return
        origin, before = changed
        if origin == "peer":
            self._handler.friend_edited(chat_id)
        elif same_words(before, event.text) < ALIKE:  # else the platform may have changed it
            self._handler.owner_wrote(chat_id)

    def _fail(self, platform: str, event: MessageFailed) -> None:
        chat_id, now = self._chat_id(platform, event.chat_external_id), self._clock.now()
        if chat_id is None:
            return
        with transaction(self._db):
            is_ours = mark_undelivered(self._db, chat_id, event.external_id, now=now)
        if is_ours:
            log.warning("chat %d: %s did not deliver a message of the twin's", chat_id, platform)

    def _attach(self, platform: str, event: MediaSaved) -> None:
        chat_id = self._chat_id(platform, event.chat_external_id)
        if chat_id is not None:
            attach_media(self._db, chat_id, event.external_id, event.path)

    def _chat_id(self, platform: str, external_id: str) -> int | None:
        row = self._db.execute(
            "SELECT id FROM chats WHERE platform = ? AND external_id = ?", [platform, external_id]
        ).fetchone()
        return None if row is None else int(row[0])


def _storable(event: Event) -> Event:
    """Platforms send halves of characters and NUL, which no file, model or page takes."""
    values = {one.name: getattr(event, one.name) for one in fields(event)}
    return replace(event, **storable_values(values))


def is_command(event: MessageReceived) -> bool:
    """Whether it is the owner's command. From anyone else the same words are ordinary text."""
    words = event.text.split(maxsplit=1)
    return event.steers and bool(words) and words[0].lower() in COMMANDS


def _as_sent(event: MessageReceived, sent: Piece) -> MessageReceived:
    """The echo with the words as they were sent: what a platform made of them is nobody's."""
    if event.text == sent.text or not same_words(sent.text, event.text):
        return event
    return replace(event, text=sent.text, raw=event.raw or event.text)


def _message(chat_id: int, origin: Origin, event: MessageReceived, **more: Any) -> NewMessage:
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
