"""The owner's Matrix account, on which the twin is one more device."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import nio
from aiohttp import ClientError
from sqlite_utils import Database

from storage.errors import TwinError
from storage.own_chats import is_own_chat
from storage.reasons import BurstReason
from storage.texts import Text
from twin.clock import SYSTEM_CLOCK, Clock
from twin.connectors.base import (
    Capabilities,
    Emit,
    Event,
    Heartbeat,
    LoggedIn,
    LoggedOut,
    MessageReceived,
    Outgoing,
    SendInDoubtError,
    SendLaterError,
    SendRefusedError,
    Status,
)
from twin.connectors.matrix.account import LOGIN_COMMAND, Account, load_account
from twin.connectors.matrix.client import (
    LoginEndedError,
    MatrixError,
    explained,
    open_client,
)
from twin.connectors.matrix.contents import Owner
from twin.connectors.matrix.encryption import Keys, KeysError
from twin.connectors.matrix.invitations import join_own
from twin.connectors.matrix.media import KINDS_WITH_FILE, pieces
from twin.connectors.matrix.problems import clock_problem, note_problem
from twin.connectors.matrix.reader import Reader
from twin.connectors.matrix.rooms import RoomBook
from twin.connectors.matrix.sending import event_of, sent_id, spoken
from twin.connectors.matrix.settings import Settings
from twin.connectors.matrix.sync import SyncLoop, server_time
from twin.connectors.matrix.sync_token import SyncToken
from twin.connectors.media import MediaFetcher
from twin.connectors.work import Work

log = logging.getLogger(__name__)

TYPING_MS = 20_000
HEARTBEAT_S = 60.0
# Synapse knows a transaction id for a day.
RESEND_S = 24 * 3600 - 600
LOOK_FOR_LOGIN_S = 5.0
KEYS_AGAIN_S = 20.0


class MatrixConnector:
    """`data` is the data folder, where the login is kept."""

    name = "matrix"
    capabilities = Capabilities(
        self_echo=True,
        send_returns_id=True,
        typing=True,
        recall=True,
        resend_s=RESEND_S,
        own_stickers=True,
        voices=True,
    )

    def __init__(
        self, db: Database, settings: Settings, data: Path, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self._db, self._settings, self._data, self._clock = db, settings, data, clock
        self._status = Status()
        self._emit: Emit | None = None
        self._client: nio.AsyncClient | None = None
        self._reader: Reader | None = None
        self._rooms: RoomBook | None = None
        self._keys: Keys | None = None
        self._ended_login: Account | None = None
        self._told_at = 0.0
        self._unread: dict[str, str] = {}
        self._media = MediaFetcher(db, data, self.name, "matrix", settings.media_mb, self._hand_on)
        self._work = Work(self.name, self._status)

    def status(self) -> Status:
        return self._status

    async def run(self, emit: Emit) -> None:
        """Until the connection is lost, which is a MatrixError, or `stop`."""
        self._emit = emit
        try:
            await self._work.until_stopped(self._connect())
        finally:
            self._emit = None

    async def stop(self) -> None:
        await self._work.stop()

    async def send(self, chat_external_id: str, message: Outgoing) -> str | None:
        """Raises MatrixError when it was certainly not sent, or as the protocol says."""
        client = self._connected()
        room = client.rooms.get(chat_external_id)
        if room is None:
            raise SendRefusedError("not a member of this room", reason=BurstReason.NOT_SHARED)
        if room.encrypted and client.olm is None:
            raise SendRefusedError("an encrypted room, and no keys", reason=BurstReason.NO_KEYS)
        await self._hand_out_keys(room)
        try:
            await self._check_alone(chat_external_id)
            kind, content = event_of(message)
            if message.voice is not None:
                content = await spoken(client, message.voice, room.encrypted) or content
            answer = await client.room_send(
                *(chat_external_id, kind, content, message.key),
                ignore_unverified_devices=True,
            )
        except (ClientError, OSError, TimeoutError) as error:
            # Whoever sends it again with its key sends it once.
            raise SendInDoubtError(f"matrix: no answer ({type(error).__name__})") from None
        return sent_id(answer)

    async def _check_alone(self, room_id: str) -> None:
        """What is for the owner alone is not told where somebody joined them since."""
        is_own = is_own_chat(self._db, self.name, room_id)
        if is_own and self._rooms is not None and not await self._rooms.is_own(room_id):
            raise SendRefusedError("others are in this room", reason=BurstReason.NOT_ALONE)

    async def _hand_out_keys(self, room: nio.MatrixRoom) -> None:
        """So that whoever is in an encrypted room can read what follows."""
        if room.encrypted and self._keys is not None:
            try:
                await self._keys.hand_out(room.room_id)
            except (KeysError, ClientError, OSError, TimeoutError) as error:
                raise SendLaterError(str(error), seconds=KEYS_AGAIN_S) from None

    async def typing(self, chat_external_id: str, on: bool) -> None:
        client = self._connected()
        unread = self._unread.pop(chat_external_id, None)
        if on and unread is not None and self._settings.read_marks:
            await client.room_read_markers(chat_external_id, unread, unread)
        await client.room_typing(chat_external_id, on, TYPING_MS)

    def _connected(self) -> nio.AsyncClient:
        if self._client is None or self._status.state != "running":
            raise MatrixError(
                Text("matrix: not connected, so nothing can be sent; see bot.py status")
            )
        return self._client

    async def _connect(self) -> None:
        account = await self._login()
        self._status.state = "starting"
        self._client = client = open_client(account, self._data)
        self._keys = Keys(client, self._clock)
        token, self._rooms = SyncToken(self._data, account), (rooms := RoomBook(client))
        bots = frozenset(self._settings.bridge_bots)
        self._reader = Reader(self._db, self.name, rooms, token, bots, self._clock)
        loop = SyncLoop(client, token, rooms, self._tell, self._began, self._after)
        try:
            with explained(account.homeserver):
                await loop.run()
        except LoginEndedError:
            self._ended_login = account
            raise
        finally:
            self._client = self._reader = self._rooms = self._keys = None
            await self._media.close()
            await client.close()
            if self._told_at:
                self._told_at = 0.0
                await self._hand_on(LoggedOut())

    async def _login(self) -> Account:
        """The kept login. After one that has ended it waits for another, and asks nobody."""
        while True:
            account = load_account(self._data)
            if account is not None and account != self._ended_login:
                return account
            if self._status.state != "failed":
                raise MatrixError(
                    Text("matrix: not logged in; log in once with {command}", command=LOGIN_COMMAND)
                )
            await self._clock.sleep(LOOK_FOR_LOGIN_S)

    async def _began(self) -> None:
        assert self._client is not None
        assert self._reader is not None
        own = self._client.user_id
        found = await self._client.get_displayname(own)
        self._reader.owner = Owner(own, getattr(found, "displayname", None) or "")
        await asyncio.to_thread(note_problem, self._data, None)
        self._status.state, self._status.last_error = "running", None
        await self._hand_on(LoggedIn(own))

    async def _after(self, answer: nio.SyncResponse) -> bool:
        """Join rooms of bridges; show that the connection lives, where nothing did for a while."""
        assert self._client is not None
        assert self._keys is not None
        assert self._reader is not None
        await self._keys.upkeep(answer)
        for room_id, event in self._keys.late.due():
            await self._tell_one(room_id, event)
        await self._note(
            self._keys.problem
            or self._reader.problem
            or clock_problem(server_time(answer), self._clock.now())
        )
        await join_own(self._client, answer, self._settings.bridge_bots)
        if self._clock.monotonic() - self._told_at >= HEARTBEAT_S:
            await self._hand_on(Heartbeat())
        return not self._keys.late

    async def _note(self, problem: str | None) -> None:
        """Tell what is wrong although the connection works."""
        if problem != self._status.last_error:
            if problem is not None:
                log.warning("%s", problem)
            await asyncio.to_thread(note_problem, self._data, problem)
            self._status.last_error = problem

    async def _tell(self, room_id: str, events: Sequence[Any]) -> None:
        """Emit what the events say, in their order."""
        for event in events:
            if self._keys is None or not self._keys.late.hold_back(room_id, event):
                await self._tell_one(room_id, event)

    async def _tell_one(self, room_id: str, event: Any) -> None:
        told = await self._reader.read(room_id, event) if self._reader is not None else None
        if told is not None:
            await self._hand_on(told)
            if isinstance(told, MessageReceived) and not (told.from_owner or told.is_history):
                self._unread[room_id] = told.external_id or ""
            if isinstance(told, MessageReceived) and not told.is_history:
                self._fetch(told, event.source["content"])

    def _fetch(self, message: MessageReceived, content: Mapping[str, Any]) -> None:
        if self._client is not None and message.kind in KINDS_WITH_FILE:
            most = round(self._settings.media_mb * 1_000_000)
            self._media.fetch(message, partial(pieces, self._client, content, most))

    async def _hand_on(self, event: Event) -> None:
        if self._emit is not None:
            try:
                await self._emit(self.name, event)
            except TwinError:
                raise
            except Exception as error:  # boundary: the inbox; the server tells it again
                log.debug("matrix", exc_info=True)
                cause = type(error).__name__
                raise MatrixError(
                    Text("matrix: an event was not logged ({cause})", cause=cause)
                ) from None
            self._told_at = self._clock.monotonic()
            self._status.last_event_at = self._clock.now()
