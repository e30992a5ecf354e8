"""One connection to the gateway: what was missed first, then its events, in their order."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlite_utils import Database

from storage.texts import Text
from twin.clock import Clock
from twin.connectors.base import Event, Heartbeat, LoggedIn, LoggedOut
from twin.connectors.onebot.gateway import Frame, Gateway, GatewayError
from twin.connectors.onebot.history import Missed, missed
from twin.connectors.onebot.messages import (
    Received,
    is_as_text,
    is_message,
    is_own,
    place_in,
    recalled,
    received,
    wrong_clock,
)
from twin.connectors.onebot.names import Account, ask_account
from twin.connectors.onebot.places import PLATFORM, Place
from twin.connectors.onebot.segments import word
from twin.connectors.onebot.troubles import Topic
from twin.connectors.work import until_one_ends

log = logging.getLogger(__name__)

LOOK_S = 30.0  # at most between two looks; the inbox takes two minutes for an absence
OVERLAP_MS = 300_000  # clocks differ, and gateways tell a message late; nothing is logged twice
AS_TEXT = Text(
    "the gateway sends messages as text; set messagePostFormat (LLBot: "
    'messageFormat) to "array" in its websocket server'
)
OFFLINE = Text("QQ has logged the account out; log in again in the gateway")
_STILL_HERE: Frame = {"meta_event_type": "heartbeat", "status": {}}


class Session:
    """Turns the gateway's events into the connector's.

    since: when the account was last seen, in UTC milliseconds; None if it never was.
    emit: is given each event; what it raises ends the session.
    take: the same for a message, with the address of its file.
    is_complete: whether all that was missed came, as far as anybody can tell.
    note: is told what stands against the account being used, None when it is over.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        watchdog_s: float,
        *,
        since: Callable[[], int | None],
        emit: Callable[[Event], Awaitable[None]],
        take: Callable[[Received], Awaitable[None]],
        note: Callable[[Topic, str | None], None],
    ) -> None:
        self._db, self._clock, self._limit = db, clock, watchdog_s
        self._since, self._emit, self._take, self._note = since, emit, take, note
        self._events: asyncio.Queue[Frame] = asyncio.Queue()
        self._heard_at = clock.monotonic()
        self._is_told = True
        self._account: Account | None = None
        self._is_online = self._is_as_text = False
        self.is_complete = True

    def on_event(self, frame: Frame) -> None:
        self._events.put_nowait(frame)

    def on_frame(self) -> None:
        self._heard_at, self._is_told = self._clock.monotonic(), False

    async def run(self, gateway: Gateway) -> None:
        """Until the connection ends, which is a GatewayError, or `emit` raises."""
        try:
            await gateway.connect()
            await until_one_ends(
                PLATFORM, gateway.read(), self._watch(gateway), self._work(gateway)
            )
        finally:
            await gateway.close()
            try:
                await self._go_offline(None)
            except Exception as error:  # boundary: why the connection ended is told
                log.debug("qq: the end was not logged (%s)", type(error).__name__)

    async def _watch(self, gateway: Gateway) -> None:
        """Ask a quiet gateway for a word; end a connection without any."""
        look = min(LOOK_S, self._limit / 4)
        while True:
            await self._clock.sleep(look)
            silence = self._clock.monotonic() - self._heard_at
            if silence >= self._limit:
                raise GatewayError(
                    Text(
                        "the gateway sent nothing for {seconds} s ([connectors.onebot] "
                        "watchdog_seconds); connecting again",
                        seconds=round(silence),
                    )
                )
            if silence >= look:
                await gateway.ask_heartbeat()
            if not self._is_told:
                self._is_told = True
                self._events.put_nowait(_STILL_HERE)  # behind what is not on the disk yet

    async def _work(self, gateway: Gateway) -> None:
        self._account = await ask_account(gateway)
        status = await _status(gateway)
        if status.get("online") is False:
            self._note("connection", OFFLINE)
        else:
            await self._come_online(gateway)
        while True:
            frame = await self._events.get()
            if word(frame, "self_id") not in ("", "0", self._account.number):
                raise GatewayError(
                    Text("another account is logged in to the gateway; connecting again")
                )
            if is_message(frame):
                await self._message(gateway, frame)
            else:
                await self._notice(gateway, frame)

    async def _come_online(self, gateway: Gateway) -> None:
        assert self._account is not None
        since = self._since()
        past = await missed(gateway, self._db, since - OVERLAP_MS) if since else Missed([], True)
        self.is_complete = past.is_complete
        # Before the login, which moves the time from which the next connection asks.
        for place, frame in past.messages:
            if is_as_text(frame):
                await self._refuse_text()
                return
            await self._log(self._own_place(place), frame)
        self._is_online = True
        self._note("connection", None)
        await self._emit(LoggedIn(self._account.name))

    async def _refuse_text(self) -> None:
        """Until a message comes as it should: of what is refused, nothing is lost."""
        self._is_as_text = True
        await self._go_offline(AS_TEXT)

    async def _go_offline(self, why: str | None) -> None:
        if why is not None:
            self._note("connection", why)
        if self._is_online:
            self._is_online = False
            await self._emit(LoggedOut())

    async def _message(self, gateway: Gateway, frame: Frame) -> None:
        assert self._account is not None
        if is_as_text(frame):
            await self._refuse_text()
            return
        self._is_as_text = False
        place = place_in(frame, self._account)
        if place is None:
            log.error("qq: a message is lost, the gateway does not say to which chat it belongs")
            return
        if not self._is_online:
            await self._come_online(gateway)
        if is_own(frame, self._account):
            self._note("echo", None)
        self._note("clock", wrong_clock(frame, self._clock.now(), is_own(frame, self._account)))
        await self._log(place, frame)

    async def _log(self, place: Place, frame: Frame) -> None:
        assert self._account is not None
        message = received(frame, place, self._account, self._db, self._clock.now())
        if message is not None:
            await self._take(message)

    async def _notice(self, gateway: Gateway, frame: Frame) -> None:
        assert self._account is not None
        if frame.get("notice_type") == "bot_offline":
            await self._go_offline(OFFLINE)
            return
        if frame.get("meta_event_type") == "heartbeat":
            await self._heartbeat(gateway, frame)
            return
        event = recalled(frame, self._account, self._db)
        if event is not None:
            await self._emit(event)

    async def _heartbeat(self, gateway: Gateway, frame: Frame) -> None:
        status = frame.get("status")
        online = status.get("online") if isinstance(status, dict) else None
        if online is False:
            await self._go_offline(OFFLINE)
        elif online is True and not self._is_online and not self._is_as_text:
            await self._come_online(gateway)
        elif self._is_online:
            await self._emit(Heartbeat())

    def _own_place(self, place: Place) -> Place:
        assert self._account is not None
        is_self = not place.is_group and place.number == self._account.number
        return place._replace(kind="self") if is_self else place


async def _status(gateway: Gateway) -> Frame:
    try:
        status = await gateway.call("get_status")
    except GatewayError:
        if not gateway.is_connected:
            raise
        return {}
    return status if isinstance(status, dict) else {}
