"""The owner's Telegram account, in whose private chats a bot of their own answers as them.

What is written while the bot is away is kept by Telegram for 24 hours.
"""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path

from sqlite_utils import Database
from telegram import LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ChatAction
from telegram.error import TelegramError

from storage.errors import TwinError
from storage.messages import last_from_friend
from storage.reasons import BurstReason
from storage.texts import Text
from twin.clock import SYSTEM_CLOCK, Clock
from twin.connectors.base import (
    Capabilities,
    Emit,
    Event,
    Outgoing,
    SendInDoubtError,
    SendLaterError,
    SendRefusedError,
    Status,
)
from twin.connectors.telegram.account import CONNECT, TOKEN_VARIABLE, Connection, find_token
from twin.connectors.telegram.api import ApiClient, BotApiError, TokenRefusedError, explained
from twin.connectors.telegram.owner_chat import chat_key, keyboard
from twin.connectors.telegram.sending import UNREACHED_S, send_parts, send_sticker, send_voice
from twin.connectors.telegram.session import PLATFORM, Session
from twin.connectors.telegram.settings import Settings
from twin.connectors.telegram.sticker_keys import ANIMATION_FILES, STICKER_FILES
from twin.connectors.telegram.typing_signs import TypingSigns
from twin.connectors.work import Work

log = logging.getLogger(__name__)

LOOK_FOR_TOKEN_S = 5.0
KEPT_S = 24 * 3600.0
MARK_S = 5.0  # at most for the sign that a message was read


class TelegramConnector:
    """`data` is the data folder, where token and connection are kept."""

    # The name that exports of Telegram are imported under, with the same ids of friends: what was
    # imported and what is received are one chat.
    name = PLATFORM
    capabilities = Capabilities(
        send_returns_id=True,
        typing=True,
        recall=True,
        keeps_s=KEPT_S,
        buttons=True,
        own_stickers=True,
        voices=True,
        sticker_files=STICKER_FILES | ANIMATION_FILES,
    )

    def __init__(
        self, db: Database, settings: Settings, data: Path, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self._db, self._settings, self._data, self._clock = db, settings, data, clock
        self._status = Status()
        self._emit: Emit | None = None
        self._session: Session | None = None
        self._refused_token: str | None = None
        self._typing = TypingSigns(self._show_typing, clock)
        self._read: dict[str, int] = {}  # of each chat the last message that was marked as read
        self._work = Work(self.name, self._status)

    def status(self) -> Status:
        return self._status

    async def run(self, emit: Emit) -> None:
        """Until the connection is lost, which is a BotApiError, or `stop`."""
        self._emit = emit
        try:
            await self._work.until_stopped(self._connect())
        finally:
            self._emit = None

    async def stop(self) -> None:
        await self._work.stop()

    async def send(self, chat_external_id: str, message: Outgoing) -> str | None:
        """Raises BotApiError when it was certainly not sent, or as the protocol says."""
        session, connection = self._connected()
        self._typing.end(chat_external_id)
        if chat_external_id in (chat_key(connection), str(connection.owner_id)):
            return await self._send_to_owner(session, connection, message)
        chat = _chat_id(chat_external_id)
        await self._mark_as_read(session, connection, chat_external_id)
        answers = None
        if message.reply_to is not None and message.reply_to.isdigit():
            answers = ReplyParameters(int(message.reply_to), allow_sending_without_reply=True)

        async def send(part: str, is_last: bool) -> Message:
            return await session.bot.send_message(
                chat, part, business_connection_id=connection.id, reply_parameters=answers
            )

        with session.echoes.sending(chat_external_id, message.text) as on_its_way:
            try:
                if message.sticker is not None:
                    return await send_sticker(
                        session.bot, chat, message.sticker, connection.id, answers
                    )
                if message.voice is not None:
                    spoken = await send_voice(
                        session.bot, chat, message.voice, connection.id, answers
                    )
                    if spoken is not None:
                        return spoken
                return await send_parts(message.text, send, self._clock)
            except SendInDoubtError:
                if on_its_way.external_id is not None:
                    return on_its_way.external_id
                raise
            except BotApiError:
                with suppress(TelegramError):  # the next answer of the server tells it too
                    await session.look_again()
                raise

    async def typing(self, chat_external_id: str, on: bool) -> None:
        if on and chat_external_id.isascii() and chat_external_id.isdigit():
            self._typing.begin(chat_external_id)
        else:
            self._typing.end(chat_external_id)

    def _connected(self) -> tuple[Session, Connection]:
        session = self._session
        connection = session.account.connection if session is not None else None
        if session is None or connection is None or self._status.state != "running":
            # It waits until the connection is there, and asks the policy again.
            raise SendLaterError("telegram: not connected", seconds=UNREACHED_S)
        return session, connection

    async def _send_to_owner(
        self, session: Session, connection: Connection, message: Outgoing
    ) -> str | None:
        buttons = keyboard(message.commands)

        async def send(part: str, is_last: bool) -> Message:
            return await session.bot.send_message(
                connection.chat_id,
                part,
                reply_markup=buttons if is_last else None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )

        return await send_parts(message.text, send, self._clock)

    async def _show_typing(self, chat_external_id: str) -> None:
        session, connection = self._connected()
        await session.bot.send_chat_action(
            int(chat_external_id), ChatAction.TYPING, business_connection_id=connection.id
        )

    async def _mark_as_read(self, session: Session, connection: Connection, chat: str) -> None:
        """Nobody answers what they have not read."""
        last = last_from_friend(self._db, PLATFORM, chat)
        if not connection.can_read or last is None or not last.isdigit():
            return
        if self._read.get(chat) == int(last):
            return
        try:
            async with asyncio.timeout(MARK_S):
                await session.bot.read_business_message(connection.id, int(chat), int(last))
            self._read[chat] = int(last)
        except (TelegramError, TimeoutError) as error:
            log.debug("telegram: not marked as read (%s)", type(error).__name__)

    async def _connect(self) -> None:
        token = await self._token()
        self._status.state = "starting"
        try:
            with explained():
                async with ApiClient(token, self._settings.server) as bot:
                    await self._use(bot)
        except TokenRefusedError:
            self._refused_token = token
            raise

    async def _use(self, bot: ApiClient) -> None:
        session = Session(
            *(bot, self._db, self._data, self._settings.media_mb, self._status),
            emit=self._hand_on,
            clock=self._clock,
        )
        self._session = session
        try:
            await session.run()
        finally:
            self._session = None
            await self._typing.close()
            await session.close()

    async def _token(self) -> str:
        """Without one, or with one that was refused, it waits for another and asks nobody."""
        while True:
            token = find_token(self._data)
            if token is not None and token != self._refused_token:
                return token
            if self._status.state != "failed":
                raise BotApiError(
                    Text(
                        "telegram: there is no bot's token; {command}, or set {name}",
                        command=CONNECT,
                        name=TOKEN_VARIABLE,
                    )
                )
            await self._clock.sleep(LOOK_FOR_TOKEN_S)

    async def _hand_on(self, event: Event) -> None:
        if self._emit is None:
            return
        try:
            await self._emit(self.name, event)
        except TwinError:
            raise
        except Exception as error:  # boundary: the inbox; Telegram tells it again
            log.debug("telegram", exc_info=True)
            name = type(error).__name__
            raise BotApiError(
                Text("telegram: an event was not logged ({cause})", cause=name)
            ) from None
        self._status.last_event_at = self._clock.now()


def _chat_id(chat_external_id: str) -> int:
    if not chat_external_id.isascii() or not chat_external_id.isdigit():
        raise SendRefusedError(
            "Telegram lets a bot answer in private chats alone", reason=BurstReason.NOT_SHARED
        )
    return int(chat_external_id)
