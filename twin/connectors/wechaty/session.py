"""Handle the events of one connection to the gateway, in their order, until it is lost."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace

from storage.texts import Text
from twin.clock import Clock
from twin.connectors.base import (
    Event,
    Heartbeat,
    LoggedIn,
    LoggedOut,
    MessageRecalled,
    MessageReceived,
    ScanNeeded,
)
from twin.connectors.wechaty.compat import EventType
from twin.connectors.wechaty.messages import (
    RECALLED,
    URL,
    WITH_FILE,
    OwnAccount,
    may_name_owner,
    place_of,
    recalled_id,
    received,
)
from twin.connectors.wechaty.names import ContactNames, waits_for_scan
from twin.connectors.wechaty.puppet import GatewayError, GatewayEvent, Payload, Puppet

log = logging.getLogger(__name__)

LOOK_S = 30.0  # at most between two looks; the inbox takes two minutes for an absence
ATTEMPTS = 3  # at asking for a message, which the gateway offers once
PAUSE_S = 0.5


class Watchdog:
    """End a connection without events. A quiet gateway is asked for one first.

    The answer comes as an event of its own, so it shows that the stream of events works, and not
    only that the gateway's machine is on.
    """

    def __init__(self, puppet: Puppet, limit_s: float, clock: Clock) -> None:
        self._puppet, self._limit, self._clock = puppet, limit_s, clock
        self._last_event_at = clock.monotonic()
        self._is_reported = True

    def on_event(self) -> None:
        """Note that an event came."""
        self._last_event_at = self._clock.monotonic()
        self._is_reported = False

    async def watch(self, report: Callable[[], Awaitable[None]]) -> None:
        """Call `report` after each look that follows an event. Raises GatewayError after a silence.

        A gateway that sends messages and no heartbeat is as present as one that sends both.
        """
        look = min(LOOK_S, self._limit / 4)
        while True:
            await self._clock.sleep(look)
            silence = self._clock.monotonic() - self._last_event_at
            if silence >= self._limit:
                raise GatewayError(
                    Text(
                        "the gateway sent nothing for {seconds} s ([connectors.wechaty] "
                        "watchdog_seconds); connecting again",
                        seconds=round(silence),
                    )
                )
            if silence >= look:
                await self._puppet.ping(self._limit - silence)
            if not self._is_reported:
                self._is_reported = True
                await report()


class GatewaySession:
    """Turns the gateway's events into the connector's.

    emit: takes an event and does not raise.
    fetch: is called with each message that has a file, after `emit`.
    """

    def __init__(
        self,
        puppet: Puppet,
        watchdog_s: float,
        clock: Clock,
        emit: Callable[[Event], Awaitable[None]],
        fetch: Callable[[MessageReceived], None],
    ) -> None:
        self._puppet, self._clock, self._emit, self._fetch = puppet, clock, emit, fetch
        self._watchdog = Watchdog(puppet, watchdog_s, clock)
        self._names = ContactNames(puppet)
        self._events: asyncio.Queue[GatewayEvent | None] = asyncio.Queue()
        self.owner: OwnAccount | None = None

    async def run(self) -> None:
        """Until the connection is lost, which is a GatewayError."""
        await self._puppet.start()
        reading = asyncio.create_task(self._read(), name="wechaty events")
        working = asyncio.create_task(self._work(), name="wechaty messages")
        watching = asyncio.create_task(self._watchdog.watch(self._still_here), name="watchdog")
        tasks = (reading, working, watching)
        try:
            # Not `reading`: what has arrived before the end is worked off first.
            await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
            for task in (watching, reading):
                if task.done():
                    task.result()
            working.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._log_out()

    async def _read(self) -> None:
        # The queue lets the watchdog see that events arrive while a message is being asked for.
        try:
            async with aclosing(self._puppet.events()) as events:
                async for event in events:
                    self._watchdog.on_event()
                    self._events.put_nowait(event)
        finally:
            self._events.put_nowait(None)

    async def _work(self) -> None:
        while (event := await self._events.get()) is not None:
            try:
                await self._handle(event)
            except GatewayError as error:
                log.error("wechat: an event was lost: %s", error)
            except Exception as error:  # boundary: one odd event must not end the connection
                log.error("wechat: an event was lost (%s)", type(error).__name__)
                log.debug("wechat", exc_info=True)

    async def _handle(self, event: GatewayEvent) -> None:
        payload = event.payload
        match event.type:
            case EventType.EVENT_TYPE_MESSAGE:
                await self._message(str(payload["messageId"]))
            case EventType.EVENT_TYPE_LOGIN:
                await self._log_in(str(payload["contactId"]))
            case EventType.EVENT_TYPE_LOGOUT:
                await self._log_out()
            case EventType.EVENT_TYPE_SCAN:
                if payload.get("qrcode") and waits_for_scan(int(payload.get("status") or 0)):
                    await self._emit(ScanNeeded(str(payload["qrcode"])))
            case EventType.EVENT_TYPE_HEARTBEAT | EventType.EVENT_TYPE_DONG:
                await self._still_here()
            case EventType.EVENT_TYPE_DIRTY:
                self._names.forget(str(payload.get("payloadId")))
            case EventType.EVENT_TYPE_ROOM_TOPIC:
                self._names.forget(str(payload.get("roomId")))
            case EventType.EVENT_TYPE_ERROR:
                log.warning("wechat: the gateway reports an error; --debug shows it")
                log.debug("wechat: %s", payload)
            case _:
                log.debug("wechat: an event of type %d is ignored", event.type)

    async def _log_in(self, contact_id: str) -> None:
        self.owner = OwnAccount(contact_id, await self._names.of_contact(contact_id))
        await self._emit(LoggedIn(self.owner.name))

    async def _log_out(self) -> None:
        if self.owner is not None:
            self.owner = None
            await self._emit(LoggedOut())

    async def _still_here(self) -> None:
        # Without a login the gateway lives, and messages are missed all the same.
        if self.owner is not None:
            await self._emit(Heartbeat())

    async def _message(self, message_id: str) -> None:
        message = await self._payload(message_id)
        if self.owner is None:
            # It is unknown who wrote it, and the twin must not learn from a friend.
            log.error("wechat: a message before the login was lost")
            return
        if message.type == RECALLED:
            place = place_of(message, self.owner)
            await self._emit(MessageRecalled(place.id, recalled_id(message)))
            return
        # Their name may have changed since the login.
        owner = replace(self.owner, name=await self._names.of_contact(self.owner.id))
        event = await self._received(message, owner)
        await self._emit(event)
        if event.kind in WITH_FILE:
            self._fetch(event)

    async def _received(self, message: Payload, owner: OwnAccount) -> MessageReceived:
        event = received(
            message,
            owner,
            chat_name=await self._names.of_chat(place_of(message, owner)),
            sender_name=await self._names.of_contact(message.talker),
            now=self._clock.now(),
            nickname=await self._nickname(message, owner),
        )
        if message.type == URL and not event.text:
            event = replace(event, text=await self._link(message.id))
        return event

    async def _nickname(self, message: Payload, owner: OwnAccount) -> str:
        """The owner's in that group. Asked each time: no event tells that it changed."""
        if not may_name_owner(message, owner):
            return ""
        try:
            return await self._puppet.nickname(message.room, owner.id)
        except GatewayError:
            return ""  # they may still be mentioned by name or id

    async def _link(self, message_id: str) -> str:
        try:
            return "\n".join(filter(None, await self._puppet.link(message_id)))
        except GatewayError:
            return ""  # the message itself is not lost for that

    async def _payload(self, message_id: str) -> Payload:
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._puppet.message(message_id)
            except GatewayError as error:
                log.debug("wechat: %s", error)
                await self._clock.sleep(PAUSE_S)
        return await self._puppet.message(message_id)
