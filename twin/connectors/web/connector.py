"""Friends write from a page in the browser, one secret link each."""

import asyncio
import logging
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from sqlite_utils import Database

from storage.chats import Chat
from storage.database import now_ms
from storage.errors import TwinError
from storage.invites import PLATFORM, chat_of_invite
from storage.messages import Message, is_logged, recent_messages
from storage.plain_text import is_visible
from storage.reasons import BurstReason
from storage.values import storable
from twin.connectors.base import (
    Capabilities,
    Emit,
    LoggedIn,
    MessageReceived,
    Outgoing,
    SendRefusedError,
    Status,
)
from twin.connectors.web import pictures
from twin.connectors.web.settings import Settings
from twin.connectors.work import Work
from twin.language import Language
from twin.web.rate_limit import RateLimit
from twin.web.server import WebServer

log = logging.getLogger(__name__)
HISTORY = 50
RATE_WINDOW_S = 60.0
LONGEST_WAIT_S = 90.0  # for another program that holds the database: so few messages wait at once


def friend_link(address: str, token: str) -> str:
    """Where the friend writes. `address`: the server's."""
    return f"{address}/c/{token}"


# What became of a message that a friend sent from the page.
Receipt = Literal["accepted", "empty", "too_long", "too_fast", "unknown", "unavailable"]


@dataclass(frozen=True, slots=True)
class PageMessage:
    """A message as the friend sees it. `at` in UTC milliseconds.

    `mine`: the friend's own, with the `id` that their browser gave it. `picture`: of a sticker, as
    an address that holds it.
    """

    mine: bool
    text: str
    at: int
    id: str | None = None
    picture: str | None = None


class Window(Protocol):
    """An open tab of a friend."""

    def show(self, line: PageMessage) -> None: ...
    def typing(self, on: bool) -> None: ...


class WebConnector:
    """Takes what friends write on their page, and shows the twin's messages there.

    `owner` is the name the page shows. Texts are the friends' own: they are never logged here.
    """

    name = PLATFORM
    capabilities = Capabilities(
        typing=True, history=True, discloses=True, sticker_files=pictures.FILES
    )

    def __init__(
        self,
        db: Database,
        settings: Settings,
        server: WebServer,
        owner: str = "",
        clock: Callable[[], float] = time.monotonic,
        data: Path = Path(),
    ) -> None:
        self._data = data
        self._db, self._settings, self._server = db, settings, server
        self.owner = owner
        self.beside: Callable[[Language], None] | None = None  # what else the page shows
        self._status = Status()
        self._emit: Emit | None = None
        self._work = Work(self.name, self._status, self._failed)
        self.monotonic = clock
        self._rate = RateLimit(clock, RATE_WINDOW_S, settings.rate_per_minute)
        self._windows: defaultdict[str, list[tuple[str, Window]]] = defaultdict(list)
        self._typing: set[str] = set()
        self._taken: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=HISTORY))
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def max_chars(self) -> int:
        return self._settings.max_chars

    def status(self) -> Status:
        return self._status

    def knows(self, token: str) -> bool:
        """Whether it is the token of a friend's link."""
        return chat_of_invite(self._db, token) is not None

    def link(self, token: str) -> str:
        """The friend's address."""
        return friend_link(self._server.public_address, token)

    async def run(self, emit: Emit) -> None:
        """Take messages while the server serves the page, until `stop`."""
        self._status.state, self._emit = "starting", emit
        try:
            await self._work.until_stopped(self._while_served(emit))
        finally:
            self._emit = None

    def _failed(self, error: Exception) -> None:
        self._status.state = "stopped"

    async def _while_served(self, emit: Emit) -> None:
        await self._server.up()
        self._status.state, self._status.last_error = "running", None
        await emit(self.name, LoggedIn(self.link("")))
        await self._server.down()

    async def stop(self) -> None:
        await self._work.stop()

    async def receive(self, token: str, text: str, external_id: str) -> Receipt:
        """Take a friend's message. "accepted" means that it is logged and on the page.

        `external_id` is the sender's own id of the message; the same id counts once. Whatever else
        is sent counts for the rate, refused or not.
        """
        chat = chat_of_invite(self._db, token)
        if chat is None:
            return "unknown"
        if self._has_taken(chat, external_id):
            return "accepted"
        if not self._rate.take(token):
            return "too_fast"
        text = storable(text.replace("\r\n", "\n")).strip()
        if not is_visible(text):
            return "empty"
        if len(text) > self._settings.max_chars:
            return "too_long"
        # One at a time per chat: two quick messages keep their order whatever the log does.
        async with self._locks[chat.external_id]:
            return await self._hand_on(chat, text, external_id)

    def wait_s(self, token: str) -> float:
        """Seconds until the next message of that link is taken."""
        return self._rate.wait_s(token) or 0.0

    def _has_taken(self, chat: Chat, external_id: str) -> bool:
        # The log alone is not enough: a chat that is off has none.
        return external_id in self._taken[chat.external_id] or is_logged(
            self._db, self.name, chat.external_id, external_id
        )

    async def _hand_on(self, chat: Chat, text: str, external_id: str) -> Receipt:
        if self._emit is None:
            return "unavailable"
        if self._has_taken(chat, external_id):
            return "accepted"
        at = now_ms()
        event = MessageReceived(
            chat_external_id=chat.external_id,
            chat_name=chat.name,
            sender_id=chat.external_id,
            sender_name=chat.name,
            text=text,
            sent_at=at,
            external_id=external_id,
        )
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                await self._emit(self.name, event)
        except TimeoutError:
            return "unavailable"  # the page sends it again
        except TwinError as error:
            log.error("web: a message could not be logged: %s", error)
            self._status.last_error = error.message
            return "unavailable"
        except Exception as error:  # boundary: the friend is told, and the page stays up
            log.exception("web: a message could not be logged")
            self._status.last_error = f"{type(error).__name__}: {error}"
            return "unavailable"
        self._taken[chat.external_id].append(external_id)
        self._status.last_event_at = at
        self._show(chat.external_id, PageMessage(True, text, now_ms(), external_id))
        return "accepted"

    async def send(self, chat_external_id: str, message: Outgoing) -> str | None:
        """Show the message in the chat's open tabs; tabs opened later find it in the history.

        There is no await after it, so that the caller's log entry and the tabs always agree.
        """
        picture = None
        if message.sticker is not None and message.sticker.file is not None:
            picture = await asyncio.to_thread(pictures.picture_of, message.sticker.file)
            if picture is None:
                raise SendRefusedError("no picture", reason=BurstReason.STICKER_GONE)
        self._typing.discard(chat_external_id)
        self._show(chat_external_id, PageMessage(False, message.text, now_ms(), picture=picture))
        return None

    async def typing(self, chat_external_id: str, on: bool) -> None:
        if on:
            self._typing.add(chat_external_id)
        else:
            self._typing.discard(chat_external_id)
        for _, window in list(self._windows.get(chat_external_id, [])):
            window.typing(on)

    def _show(self, chat_external_id: str, line: PageMessage) -> None:
        for token, window in list(self._windows.get(chat_external_id, [])):
            # A tab that is still open on a revoked link sees nothing more.
            if chat_of_invite(self._db, token) is not None:
                window.show(line)

    def enter(self, token: str) -> tuple[Sequence[PageMessage], bool] | None:
        """The last messages of the link's chat and whether an answer is being written.

        None for a link that was closed or never made.
        """
        chat = chat_of_invite(self._db, token)
        if chat is None:
            return None
        said = [
            message
            for message in recent_messages(self._db, chat.id, HISTORY)
            if message.recalled_at is None
        ]
        stickers = pictures.latest_pictures(self._db, self._data, said)
        lines = [
            _page_message(message, stickers.get(message.id))
            for message in said
            if message.kind != "sticker" or message.id in stickers
        ]
        return lines, chat.external_id in self._typing

    def tabs(self, token: str) -> int:
        """How many tabs are open with that link."""
        chat = chat_of_invite(self._db, token)
        windows = self._windows.get(chat.external_id, []) if chat else []
        return sum(1 for of, _ in windows if of == token)

    def attach(self, token: str, window: Window) -> Callable[[], None]:
        """Deliver to the window from now on; the result ends that."""
        chat = chat_of_invite(self._db, token)
        if chat is None:
            return lambda: None
        windows, entry = self._windows[chat.external_id], (token, window)
        windows.append(entry)

        def detach() -> None:
            if entry in windows:
                windows.remove(entry)

        return detach


def _page_message(message: Message, picture: str | None) -> PageMessage:
    mine = message.origin == "peer"
    id_ = message.external_id if mine else None
    return PageMessage(mine, message.text, message.sent_at, id_, picture)
