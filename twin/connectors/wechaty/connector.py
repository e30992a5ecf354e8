"""The owner's WeChat account, through a wechaty gateway.

One account and one gateway; the gateway serves one program at a time. What is written while none
is attached is not delivered later (`Capabilities.keeps_s`).
"""

import logging
from collections.abc import Callable
from pathlib import Path

from sqlite_utils import Database

from storage.errors import InputError, TwinError
from storage.texts import Text
from twin.clock import SYSTEM_CLOCK, Clock
from twin.connectors.base import (
    Capabilities,
    Emit,
    Event,
    LoggedIn,
    LoggedOut,
    MessageReceived,
    Outgoing,
    ScanNeeded,
    Status,
)
from twin.connectors.echoes import Echoes
from twin.connectors.login_code import show_code
from twin.connectors.media import MediaFetcher
from twin.connectors.wechaty.compat import keep_files_in
from twin.connectors.wechaty.puppet import GatewayError, Puppet
from twin.connectors.wechaty.session import GatewaySession
from twin.connectors.wechaty.settings import TOKEN_VARIABLE, Settings
from twin.connectors.work import Work

log = logging.getLogger(__name__)


class WechatyConnector:
    """`data` is the data folder. Raises InputError when there is no token."""

    # The name that exports of WeChat are imported under: what was imported and what is received
    # are one chat where the gateway knows WeChat's own ids.
    name = "wechat"
    capabilities = Capabilities(self_echo=True, recall=True, keeps_s=0)

    def __init__(
        self,
        db: Database,
        settings: Settings,
        data: Path,
        clock: Clock = SYSTEM_CLOCK,
        show: Callable[[str], None] = show_code,
    ) -> None:
        if not settings.secret:
            raise InputError(
                "[connectors.wechaty] token: there is none, and a gateway wants one; set "
                f"{TOKEN_VARIABLE} to the token that the gateway was started with"
            )
        keep_files_in(data / "wechaty")
        self._db, self._settings, self._data = db, settings, data
        self._clock, self._show = clock, show
        self._status = Status()
        self._emit: Emit | None = None
        self._puppet: Puppet | None = None
        self._echoes = Echoes(clock, self._hand_on)
        self._work = Work(self.name, self._status)
        self._shown: str | None = None

    def status(self) -> Status:
        return self._status

    async def run(self, emit: Emit) -> None:
        """Until the connection is lost, which is a GatewayError, or `stop`."""
        self._status.state, self._emit = "starting", emit
        self._puppet = puppet = Puppet(self._settings.endpoint, self._settings.secret)
        media = MediaFetcher(
            *(self._db, self._data, self.name, "wechaty", self._settings.media_mb), self._on_event
        )
        session = GatewaySession(
            puppet,
            self._settings.watchdog_seconds,
            self._clock,
            self._on_event,
            lambda message: media.fetch(message, lambda: puppet.file(message.external_id or "")),
        )

        async def close() -> None:
            await media.close()
            await self._echoes.close()
            await puppet.stop()
            self._puppet = self._emit = None

        await self._work.until_stopped(session.run(), close)

    async def stop(self) -> None:
        await self._work.stop()

    async def send(self, chat_external_id: str, message: Outgoing) -> str | None:
        """Raises GatewayError when it was not sent, or nobody knows whether it was."""
        if self._puppet is None or self._status.state != "running":
            raise GatewayError(
                Text("wechat: not logged in, so nothing can be sent; see bot.py status")
            )
        sent = self._echoes.expect(chat_external_id, message.text)
        try:
            sent.external_id = await self._puppet.send_text(chat_external_id, message.text)
        except BaseException:  # a cancelled send too; raised again
            self._echoes.forget(sent)
            raise
        return sent.external_id

    async def typing(self, chat_external_id: str, on: bool) -> None:
        """Gateways have no typing state."""

    async def _on_event(self, event: Event) -> None:
        self._note(event)
        if not (isinstance(event, MessageReceived) and self._echoes.is_known(event)):
            await self._hand_on(event)

    async def _hand_on(self, event: Event) -> None:
        """Emit it; whatever fails, one event must not end the connection."""
        if self._emit is None:
            return
        try:
            await self._emit(self.name, event)
        except Exception as error:  # boundary: the inbox, and all that it calls
            reason = error.message if isinstance(error, TwinError) else type(error).__name__
            self._status.last_error = Text("an event was not logged: {reason}", reason=reason)
            log.error("wechat: an event was not logged (%s)", reason)
            log.debug("wechat", exc_info=True)

    def _note(self, event: Event) -> None:
        match event:
            case LoggedIn():
                self._status.state, self._status.last_error = "running", None
                self._shown = None
            case LoggedOut():
                self._status.state = "starting"
            case ScanNeeded() if event.qr != self._shown:
                self._shown = event.qr
                self._show(event.qr)
        self._status.last_event_at = self._clock.now()
