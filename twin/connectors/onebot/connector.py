"""The owner's QQ account, through a OneBot v11 gateway: NapCat, LLBot.

Events of times without a connection are gone; the gateway's history has them, for a while.
"""

import asyncio
import logging
from math import inf
from pathlib import Path

from sqlite_utils import Database

from storage.errors import InputError, TwinError
from storage.presence import presences
from storage.texts import Text
from twin.clock import SYSTEM_CLOCK, Clock
from twin.connectors.base import (
    Capabilities,
    Emit,
    Event,
    LoggedIn,
    LoggedOut,
    MediaSaved,
    MessageReceived,
    Outgoing,
    SendInDoubtError,
    Status,
)
from twin.connectors.echoes import Echoes
from twin.connectors.media import MediaFetcher
from twin.connectors.onebot.downloads import load
from twin.connectors.onebot.gateway import Frame, Gateway, GatewayError, NoAnswerError
from twin.connectors.onebot.messages import Received, message_id
from twin.connectors.onebot.places import PLATFORM, Place, place_of
from twin.connectors.onebot.session import Session
from twin.connectors.onebot.settings import TOKEN_VARIABLE, Settings
from twin.connectors.onebot.stickers import FILES, Segment, segment_of
from twin.connectors.onebot.troubles import Topic, Troubles
from twin.connectors.work import Work

log = logging.getLogger(__name__)

NO_ECHO = Text(
    "the gateway does not tell what you write yourself, so that the twin would "
    "talk over you; set reportSelfMessage to true in its websocket server, then "
    "send something"
)
_FAILED_INSIDE = 1200
_TIME_OUTS = ("timeout", "timed out", "time out", "超时")  # QQ may send it all the same


class OneBotConnector:
    """`data` is the data folder. Raises InputError for a token that no header carries."""

    # The name that exports of QQ are imported under: what was imported and what is received are one
    # chat where the export has QQ's numbers.
    name = PLATFORM

    def __init__(
        self, db: Database, settings: Settings, data: Path, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        if not settings.secret.isascii() or not settings.secret.isprintable():
            raise InputError(
                "[connectors.onebot] token: it has signs that no header carries; choose one of "
                f"Latin letters and digits in the gateway, and set {TOKEN_VARIABLE}"
            )
        self._db, self._settings, self._data, self._clock = db, settings, data, clock
        self._troubles, self._status = Troubles(data), Status()
        self._emit: Emit | None = None
        self._gateway: Gateway | None = None
        self._session: Session | None = None
        self._media = MediaFetcher(
            db, data, self.name, "onebot", settings.media_mb, self._quietly_hand_on
        )
        self._echoes = Echoes(clock, self._quietly_hand_on, self._own_unheard)
        self._work = Work(self.name, self._status, self._failed)

    @property
    def capabilities(self) -> Capabilities:
        """`keeps_s`: nothing, where the gateway's history did not bring all of the last absence."""
        return Capabilities(
            self_echo=True,
            send_returns_id=True,
            typing=True,
            recall=True,
            history=True,
            own_stickers=True,
            sticker_files=FILES,
            keeps_s=inf if self._session is None or self._session.is_complete else 0,
        )

    def status(self) -> Status:
        return self._status

    async def run(self, emit: Emit) -> None:
        """Until the connection is lost, which is a GatewayError, or `stop`."""
        self._status.state, self._emit = "starting", emit
        await self._work.until_stopped(self._connect(), self._close)

    def _failed(self, error: Exception) -> None:
        self._status.state = "failed"
        if isinstance(error, TwinError):
            self._note("connection", error.message)
        else:  # of the inbox, and all that it calls
            cause = type(error).__name__
            line = Text("an event was not logged ({cause}); asking for it again", cause=cause)
            self._note("connection", line)

    async def _close(self) -> None:
        await self._media.close()
        await self._echoes.close()
        self._gateway = self._emit = None

    async def _connect(self) -> None:
        self._session = session = Session(
            self._db,
            self._clock,
            self._settings.watchdog_seconds,
            since=self._seen_at,
            emit=self._hand_on,
            take=self._take,
            note=self._note,
        )
        self._gateway = Gateway(
            self._settings.url, self._settings.secret, session.on_event, session.on_frame
        )
        await session.run(self._gateway)

    async def stop(self) -> None:
        await self._work.stop()

    async def send(self, chat_external_id: str, message: Outgoing) -> str | None:
        """Raises SendInDoubtError when nobody knows whether it was sent, else GatewayError."""
        if self._gateway is None or self._status.state != "running":
            raise GatewayError(Text("qq: not logged in, so nothing can be sent; see bot.py status"))
        place = place_of(self._db, chat_external_id)
        if place is None:
            raise GatewayError(Text("qq: this chat has no QQ number, so nothing can be sent there"))
        sticker = message.sticker
        segment = await asyncio.to_thread(segment_of, sticker) if sticker else text_of(message.text)
        sent = self._echoes.expect(chat_external_id, message.text, is_sticker=sticker is not None)
        try:
            sent.external_id = await _send(self._gateway, place, segment)
        except BaseException:  # a cancelled send too; raised again
            self._echoes.forget(sent)
            raise
        return sent.external_id

    async def typing(self, chat_external_id: str, on: bool) -> None:
        """QQ shows it to friends, not in groups, and ends it by itself."""
        place = place_of(self._db, chat_external_id)
        if on and self._gateway is not None and place is not None and not place.is_group:
            # Its answer is of no use, and may never come.
            await self._gateway.tell("set_input_status", user_id=place.number, event_type=1)

    async def _hand_on(self, event: Event) -> None:
        assert self._emit is not None
        match event:
            case LoggedIn():
                self._status.state = "running"
            case LoggedOut():
                self._status.state = "starting"
        self._status.last_event_at = self._clock.now()
        await self._emit(self.name, event)

    async def _take(self, message: Received) -> None:
        event, media = message.event, message.media
        if self._echoes.is_known(event):
            return
        await self._hand_on(event)
        if media is not None:
            self._media.fetch(event, lambda: load(media))

    async def _quietly_hand_on(self, event: MessageReceived | MediaSaved) -> None:
        """For what comes beside the gateway's events: a failure must not end the connection."""
        try:
            if self._emit is not None:
                await self._emit(self.name, event)
        except Exception as error:  # boundary: the inbox, and all that it calls
            log.error("qq: an event was not logged (%s)", type(error).__name__)

    def _own_unheard(self) -> None:
        self._note("echo", NO_ECHO)

    def _note(self, topic: Topic, line: str | None) -> None:
        self._troubles.note(topic, line)
        self._status.last_error = self._troubles.line

    def _seen_at(self) -> int | None:
        seen = (one.seen_at for one in presences(self._db) if one.platform == self.name)
        return next(seen, None)


def text_of(text: str) -> Segment:
    """A text by itself would be read for codes, which friends may write."""
    return {"type": "text", "data": {"text": text}}


async def _send(gateway: Gateway, place: Place, segment: Segment) -> str | None:
    """The message's id."""
    action = "send_group_msg" if place.is_group else "send_private_msg"
    # Without the group of a temporary chat: NapCat writes into it when it does not find the person.
    to = {"group_id" if place.is_group else "user_id": place.number}
    try:
        data: Frame | None = await gateway.call(action, **to, message=[segment])
    except NoAnswerError as error:
        raise SendInDoubtError(str(error)) from None
    except GatewayError as error:
        said = error.said.lower()
        if error.retcode == _FAILED_INSIDE and any(word in said for word in _TIME_OUTS):
            raise SendInDoubtError(
                f"qq: the gateway heard nothing of QQ in time: {error}"
            ) from None
        raise
    return message_id(data) if isinstance(data, dict) else None
