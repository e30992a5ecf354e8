"""One connected bot: its updates become events, until the connection is lost."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

from sqlite_utils import Database
from telegram import BusinessMessagesDeleted, Message, Update

from storage.echoes import may_be_on_its_way
from storage.texts import Text
from twin.clock import Clock
from twin.connectors.base import (
    Event,
    Heartbeat,
    LoggedIn,
    LoggedOut,
    MessageEdited,
    MessageRecalled,
    Status,
)
from twin.connectors.media import MediaFetcher, MediaTooLarge
from twin.connectors.telegram.account import ADD_IT, NOT_CONNECTED
from twin.connectors.telegram.api import ApiClient, BotApiError, explained
from twin.connectors.telegram.echoes import Echoes
from twin.connectors.telegram.messages import (
    SERVICE,
    File,
    business_message,
    content_of,
    file_name_of,
    file_of,
    is_echo,
)
from twin.connectors.telegram.owner_account import OwnerAccount
from twin.connectors.telegram.owner_chat import OwnerChat
from twin.connectors.telegram.updates import Updates

log = logging.getLogger(__name__)

HEARTBEAT_S = 60.0
PLATFORM = "telegram"


class Session:
    """`emit` takes an event and returns once it is safe; `status` is the connector's."""

    def __init__(
        self,
        bot: ApiClient,
        db: Database,
        data: Path,
        media_mb: float,
        status: Status,
        emit: Callable[[Event], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self.bot, self.echoes = bot, Echoes()
        self.account = OwnerAccount(bot, data)
        self._db, self._status, self._clock = db, status, clock
        self._hand_on, self._told_at = emit, 0.0
        self._most_bytes = media_mb * 1_000_000
        self._owner_chat = OwnerChat(bot, self._emit, clock)
        self._media = MediaFetcher(db, data, PLATFORM, "telegram", media_mb, self._emit)

    async def run(self) -> None:
        """Until it fails, with one of telegram's errors or what `emit` raises."""
        try:
            await self.look_again()
            await Updates(self.bot, self._clock).run(self._on_update, self._still_here)
        finally:
            await self._media.close()

    async def close(self) -> None:
        """Say that nothing comes from here on."""
        if self._status.state == "running":
            self._status.state = "starting"
            await self._emit(LoggedOut())

    async def look_again(self) -> None:
        """Ask how the connection is: it is gone, say, or its rights. Raises telegram's errors."""
        await self.account.look()
        await self.tell_state()

    async def tell_state(self) -> None:
        """Say whether the twin may answer, whenever that changes."""
        connection, was_running = self.account.connection, self._status.state == "running"
        problem = connection.problem if connection else (NOT_CONNECTED, ADD_IT)
        self._status.last_error = None
        if problem is not None:
            found, remedy = problem
            said = Text("{found}; {remedy}", found=found, remedy=remedy)
            self._status.state, self._status.last_error = "starting", said
            log.warning("telegram: %s", said)
            if was_running:
                await self._emit(LoggedOut())
        elif connection is not None and not was_running:
            self._status.state = "running"
            await self._emit(LoggedIn(connection.owner_name))

    async def _emit(self, event: Event) -> None:
        await self._hand_on(event)
        self._told_at = self._clock.monotonic()

    async def _still_here(self) -> None:
        is_running = self._status.state == "running"
        if is_running and self._clock.monotonic() - self._told_at >= HEARTBEAT_S:
            await self._emit(Heartbeat())

    async def _on_update(self, update: Update) -> None:
        if told := update.business_connection:
            if self.account.take(told):
                await self.tell_state()
        elif message := update.business_message:
            if await self._is_owners(message.business_connection_id, message.chat.id):
                await self._on_message(message)
        elif edited := update.edited_business_message:
            if await self._is_owners(edited.business_connection_id, edited.chat.id):
                await self._on_edit(edited)
        elif deleted := update.deleted_business_messages:
            if await self._is_owners(deleted.business_connection_id, deleted.chat.id):
                await self._on_deletion(deleted)
        elif message := update.message:
            await self._owner_chat.on_message(message, self.account.connection)
        elif press := update.callback_query:
            await self._owner_chat.on_press(press, self.account.connection)

    async def _is_owners(self, connection_id: str | None, chat_id: int) -> bool:
        """Not Telegram's own chat either, where login codes come."""
        before = self.account.connection
        is_theirs = chat_id != SERVICE and await self.account.is_owners(connection_id)
        if self.account.connection != before:
            await self.tell_state()
        return is_theirs

    async def _on_message(self, message: Message) -> None:
        connection = self.account.connection
        assert connection is not None
        event = business_message(message, connection.owner_id, self.bot.id)
        if is_echo(message, self.bot.id):
            self.echoes.heard(message)
            # The answer to sending is the log entry. Where it got lost, this is.
            if not may_be_on_its_way(self._db, PLATFORM, event.chat_external_id, event.text):
                return
        await self._emit(event)
        file = file_of(message)
        if file is not None:
            self._media.fetch(event, lambda: self._pieces(file))

    async def _on_edit(self, message: Message) -> None:
        at = message.edit_date or message.date
        text = content_of(message).text
        await self._emit(
            MessageEdited(
                str(message.chat.id),
                str(message.message_id),
                text,
                int(at.timestamp() * 1000),
            )
        )

    async def _on_deletion(self, deleted: BusinessMessagesDeleted) -> None:
        for message_id in deleted.message_ids:
            await self._emit(MessageRecalled(str(deleted.chat.id), str(message_id)))

    async def _pieces(self, file: File) -> AsyncGenerator[tuple[str, bytes], None]:
        """The file and its name. The address that it is fetched from holds the token."""
        with explained():
            found = await self.bot.get_file(file.file_id)
            if (found.file_size or 0) > self._most_bytes:
                raise MediaTooLarge
            path = found.file_path or ""
            if not path.startswith(("http://", "https://")):
                raise BotApiError("telegram: the server names no address of the file")
            data = await found.download_as_bytearray()
        yield file_name_of(file, path), bytes(data)
