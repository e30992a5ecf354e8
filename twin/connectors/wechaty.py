"""WeChat, or what else a wechaty gateway speaks, in the owner's own account."""

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import qrcode

from storage.database import now_ms
from storage.errors import TwinError
from twin.config import Wechaty
from twin.connectors.base import (
    Capabilities,
    Emit,
    Heartbeat,
    LoggedIn,
    LoggedOut,
    MediaSaved,
    MessageReceived,
    ScanNeeded,
    State,
    Status,
)
from twin.connectors.wechaty_compat import prepare

log = logging.getLogger(__name__)

NAME = "wechaty"
HEARTBEAT_S = 30.0
MEDIA_TIMEOUT_S = 120.0
MEDIA_AT_ONCE = 4


def print_qr(text: str) -> None:
    """The code to scan, on stderr."""
    code = qrcode.QRCode(border=1)
    code.add_data(text)
    code.print_ascii(out=sys.stderr, invert=True)
    print(f"Scan this with the account's phone, or open: {text}", file=sys.stderr)


class WechatyConnector:
    """One gateway. `run` ends with an error whenever the connection does; it is run again then."""

    name = NAME
    # What is written while nobody is connected is dropped by the gateway.
    capabilities = Capabilities(self_echo=True, send_returns_id=True, recall=True, misses=True)

    def __init__(
        self, settings: Wechaty, data: Path, show_qr: Callable[[str], None] = print_qr
    ) -> None:
        prepare(data / NAME)
        self._settings, self._data, self._show_qr = settings, data, show_qr
        self._status = Status()
        self._account_id = self._account_name = ""
        self._alive_at = self._told_alive_at = 0.0
        self._gateway: Any = None
        self._stopping, self._ended = asyncio.Event(), asyncio.Event()
        self._fetching: set[asyncio.Task[None]] = set()
        self._fetch_slots = asyncio.Semaphore(MEDIA_AT_ONCE)

    def status(self) -> Status:
        return self._status

    async def run(self, emit: Emit) -> None:
        """Hand on events until the connection is lost, which raises TwinError, or `stop`."""
        from twin.connectors.wechaty_gateway import Gateway

        self._status.state = "starting"
        self._stopping.clear()
        self._ended.clear()
        self._gateway = Gateway(self._settings.endpoint, self._settings.secret)
        tasks = [
            asyncio.create_task(self._watch(self._gateway), name="wechaty watchdog"),
            asyncio.create_task(self._read(self._gateway, emit), name="wechaty events"),
            asyncio.create_task(self._stopping.wait(), name="wechaty stop"),
        ]
        final: State = "stopped"
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except TwinError as error:
            final, self._status.last_error = "failed", str(error)
            raise
        finally:
            await self._leave(emit, tasks, final)

    async def _leave(self, emit: Emit, tasks: list[asyncio.Task[Any]], final: State) -> None:
        for task in (*tasks, *self._fetching):
            task.cancel()
        await asyncio.gather(*tasks, *self._fetching, return_exceptions=True)
        self._gateway.close()
        self._gateway = None
        was_logged_in, self._status.state = self._status.state == "running", final
        if was_logged_in:
            await emit(self.name, LoggedOut())
        self._ended.set()

    async def stop(self) -> None:
        if self._gateway is not None:
            self._stopping.set()
            await self._ended.wait()
        self._status.state = "stopped"

    async def send(
        self, chat_external_id: str, text: str, *, reply_to: str | None = None
    ) -> str | None:
        """Raises TwinError when the gateway is gone or refuses."""
        if self._gateway is None:
            raise TwinError(f"wechaty gateway {self._settings.endpoint}: not connected")
        sent: str | None = await self._gateway.send_text(chat_external_id, text)
        return sent

    async def typing(self, chat_external_id: str, on: bool) -> None:
        """WeChat has no typing state that a gateway could set."""

    async def _watch(self, gateway: Any) -> None:
        """A connection can die without a word: ask when it is silent, give up when it stays so."""
        limit = self._settings.watchdog_seconds
        self._alive_at = time.monotonic()
        asked = False
        while True:
            silent = time.monotonic() - self._alive_at
            if silent >= limit:
                raise TwinError(
                    f"wechaty gateway {self._settings.endpoint}: no sign of life for {limit:g} s"
                )
            if silent >= limit / 2 and not asked:
                await gateway.ding()
            asked = silent >= limit / 2
            await asyncio.sleep(limit / 8)

    async def _read(self, gateway: Any, emit: Emit) -> None:
        async for event in gateway.events():
            self._alive_at = time.monotonic()
            self._status.last_event_at = now_ms()
            try:
                await self._handle(event.type.name.removeprefix("EVENT_TYPE_"), event.data, emit)
            except TwinError as error:
                # One message whose payload can't be had is not the end of the connection.
                log.warning("%s: an event was passed over: %s", self.name, error)
            if self._alive_at - self._told_alive_at > HEARTBEAT_S and self._account_id:
                self._told_alive_at = self._alive_at
                await emit(self.name, Heartbeat())

    async def _handle(self, kind: str, data: dict[str, Any], emit: Emit) -> None:
        match kind:
            case "MESSAGE":
                await self._message(str(data.get("messageId", "")), emit)
            case "SCAN":
                await self._scan(str(data.get("qrcode") or data.get("qrCode") or ""), emit)
            case "LOGIN":
                await self._login(str(data.get("contactId", "")), emit)
            case "LOGOUT":
                self._status.state = "starting"
                await emit(self.name, LoggedOut())
            case "ERROR":
                self._status.last_error = "the gateway reported an error"
                log.warning("%s: %s", self.name, self._status.last_error)
            case "DIRTY":
                self._gateway.forget_name(str(data.get("payloadId", "")))

    async def _scan(self, code: str, emit: Emit) -> None:
        if code:
            self._status.state = "starting"
            self._show_qr(code)
            await emit(self.name, ScanNeeded(code))

    async def _login(self, account_id: str, emit: Emit) -> None:
        self._account_id = account_id
        self._account_name = await self._gateway.contact_name(account_id)
        self._status.state, self._status.last_error = "running", None
        self._told_alive_at = self._alive_at
        await emit(self.name, LoggedIn(self._account_name))

    async def _message(self, message_id: str, emit: Emit) -> None:
        from twin.connectors.wechaty_messages import MEDIA, Context, chat_of, to_event

        payload = await self._gateway.message(message_id)
        chat_id, chat_kind = chat_of(payload, self._account_id)
        names = self._gateway
        chat_name = await (names.room_topic if chat_kind == "group" else names.contact_name)(
            chat_id
        )
        sender_name = await names.contact_name(payload.from_id) if payload.from_id else ""
        context = Context(self._account_id, self._account_name, sender_name, chat_name)
        event = to_event(payload, context)
        await emit(self.name, event)
        if isinstance(event, MessageReceived) and event.kind in MEDIA and self._settings.media_mb:
            self._start(self._fetch(event, message_id, emit))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="wechaty media")
        self._fetching.add(task)
        task.add_done_callback(self._fetching.discard)

    async def _fetch(self, event: MessageReceived, message_id: str, emit: Emit) -> None:
        """After the message is logged, in its own time: a film must not hold up the next text."""
        from twin.connectors.wechaty_media import save_media

        most = int(self._settings.media_mb * 1_000_000)
        try:
            async with self._fetch_slots, asyncio.timeout(MEDIA_TIMEOUT_S):
                box = await self._gateway.file_box(message_id, image=event.kind == "image")
                path = await save_media(self._data, self.name, message_id, box, most)
                await emit(self.name, MediaSaved(event.chat_external_id, message_id, path))
        except (TwinError, TimeoutError, ValueError) as error:
            log.warning("%s: a %s was not saved (%s)", self.name, event.kind, error)
