"""Tencent's official bot for WeChat, through which the owner is told and gives commands.

It is a contact of its own and not the owner's account: friends neither see it nor are answered by
it, and whoever else writes to it is not heard.
"""

import asyncio
import logging
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from storage.texts import Text
from twin.clock import SYSTEM_CLOCK, Clock
from twin.connectors.base import (
    Capabilities,
    Emit,
    Heartbeat,
    LoggedIn,
    LoggedOut,
    Outgoing,
    ScanNeeded,
    Status,
)
from twin.connectors.ilink.account import (
    LOGIN_COMMAND,
    Account,
    end_account,
    load_account,
    save_account,
)
from twin.connectors.ilink.client import (
    SERVER,
    ILinkClient,
    ILinkError,
    SessionEndedError,
    open_session,
)
from twin.connectors.ilink.conversation import Conversation
from twin.connectors.ilink.login import Login
from twin.connectors.ilink.messages import as_event, read_update
from twin.connectors.ilink.speaking import CLOSED, Speaker
from twin.connectors.login_code import show_code
from twin.connectors.work import Work

log = logging.getLogger(__name__)

# An answer that comes sooner and holds nothing new is followed by a pause of as much.
_LEAST_POLL_S = 1.0
WHO_SCANS = "Scan this code with WeChat on your own phone: a bot is added to your chats."
show_bot_code = partial(show_code, say=WHO_SCANS)


def _show_on_terminal(code: str) -> None:
    """Not into a journal: whoever scans it gives the commands. The overview page shows it too."""
    if sys.stderr.isatty():
        show_bot_code(code)


class ILinkConnector:
    """`data` is the data folder; `owner` the owner's name."""

    name = "ilink"
    capabilities = Capabilities()

    def __init__(
        self,
        data: Path,
        owner: str,
        clock: Clock = SYSTEM_CLOCK,
        show: Callable[[str], None] = _show_on_terminal,
        server: str = SERVER,
    ) -> None:
        self._data, self._owner, self._clock = data, owner, clock
        self._show, self._server = show, server
        self._status = Status()
        self._conversation = Conversation(data, clock)
        self._speaker: Speaker | None = None
        self._work = Work(self.name, self._status)

    def status(self) -> Status:
        room = self._status.room = self._conversation.left()
        if self._status.state == "running":
            self._status.last_error = None if room else CLOSED
        return self._status

    async def run(self, emit: Emit) -> None:
        """Until the connection is lost, which is an ILinkError, or `stop`."""
        self._status.state = "starting"
        try:
            await self._work.until_stopped(self._connect(emit))
        finally:
            self._speaker = None

    async def stop(self) -> None:
        await self._work.stop()

    async def send(self, chat_external_id: str, message: Outgoing) -> str | None:
        """Raises SendRefusedError where the owner has to write first."""
        if self._speaker is None:
            raise ILinkError(
                Text("ilink: not logged in, so nothing can be sent; see bot.py status")
            )
        await self._speaker.say(message.text, message.key)
        return None

    async def typing(self, chat_external_id: str, on: bool) -> None:
        """Notices are not typed."""

    async def _connect(self, emit: Emit) -> None:
        refused = ""
        async with open_session() as session:
            while True:
                account = await self._log_in(session, emit)
                try:
                    await self._serve(session, account, emit)
                except SessionEndedError as error:
                    if account.token == refused:
                        raise  # WeChat calls it bound and refuses it: whoever supervises waits
                    refused = account.token
                    self._speaker = None
                    self._status.state, self._status.last_error = "starting", error.message
                    log.warning("%s", error)
                    await asyncio.to_thread(end_account, self._data, account)
                    await emit(self.name, LoggedOut())

    async def _log_in(self, session: aiohttp.ClientSession, emit: Emit) -> Account:
        """The login that is kept, else one by a code that the owner scans."""
        known = load_account(self._data)
        if known is not None and not known.ended:
            return known

        async def show(code: str) -> None:
            self._show(code)
            await emit(self.name, ScanNeeded(code))

        login = Login(session, show, _ask_elsewhere, self._clock, known, self._server)
        account = await login.run(self._other_login)
        if known is not None and account.owner_id != known.owner_id:
            raise ILinkError(
                Text(
                    "ilink: another WeChat account than before scanned the code, so it is not "
                    "obeyed; {command} takes another account",
                    command=LOGIN_COMMAND,
                )
            )
        await asyncio.to_thread(save_account, self._data, account)
        return account

    def _other_login(self) -> Account | None:
        """One that the command made while a code was shown here."""
        account = load_account(self._data)
        return None if account is None or account.ended else account

    async def _serve(self, session: aiohttp.ClientSession, account: Account, emit: Emit) -> None:
        """Hand on what the owner writes, until the session ends."""
        client = ILinkClient(session, account.server, account.token)
        conversation = self._conversation
        conversation.begin(account.bot_id)
        await client.check(account.owner_id, conversation.context_token)
        self._speaker = Speaker(client, conversation, account.owner_id)
        self._status.state = "running"
        await emit(self.name, LoggedIn(account.bot_id))
        while True:
            began = self._clock.monotonic()
            came_on = await self._take(await client.updates(conversation.cursor), account, emit)
            if not came_on and self._clock.monotonic() - began < _LEAST_POLL_S:
                await self._clock.sleep(_LEAST_POLL_S)
            await self._speaker.remind()

    async def _take(self, answer: dict[str, Any], account: Account, emit: Emit) -> bool:
        """Log what came, and confirm it after that; whether there was anything to confirm."""
        found, cursor = answer.get("msgs"), answer.get("get_updates_buf")
        for one in found if isinstance(found, list) else []:
            await self._hear(one, account, emit)
        if not isinstance(cursor, str) or cursor in ("", self._conversation.cursor):
            self._status.last_event_at = self._clock.now()
            await emit(self.name, Heartbeat())
            return False
        self._conversation.move_on(cursor)
        await self._conversation.save()
        return True

    async def _hear(self, found: Any, account: Account, emit: Emit) -> None:
        update = read_update(found)
        if update is None or not update.is_from(account.owner_id):
            log.debug("ilink: a message that is not the owner's to the bot alone: left unanswered")
            return
        now = self._clock.now()
        self._conversation.hear(update.id, update.context_token, update.sent_at(now))
        self._status.last_event_at = now
        await emit(self.name, as_event(update, self._owner, now))


async def _ask_elsewhere(was_wrong: bool) -> str:
    raise ILinkError(
        Text(
            "ilink: WeChat asks for a number that the phone shows; use {command}",
            command=LOGIN_COMMAND,
        )
    )
