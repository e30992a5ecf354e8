"""Friends write from a page in the browser: one secret link each."""

import asyncio
import contextlib
import logging
import socket
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

import uvicorn
from sqlite_utils import Database

from storage.chats import Chat
from storage.database import now_ms
from storage.errors import TwinError
from storage.invites import PLATFORM, chat_of_invite
from storage.messages import recent_messages
from twin.connectors.base import Capabilities, Emit, LoggedIn, MessageReceived, Status
from twin.connectors.web.text import PageMessage, Receipt
from twin.web.server import Server, listen

if TYPE_CHECKING:
    from twin.web.server import Part

log = logging.getLogger(__name__)
HISTORY = 50
GRACE_S = 1  # how long open pages may hold up the end


class PageSettings(Protocol):
    """The [web] section of the config."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def names(self) -> Sequence[str]: ...
    @property
    def rate_per_minute(self) -> int: ...
    @property
    def max_chars(self) -> int: ...


class Window(Protocol):
    """An open tab of a friend."""

    def show(self, line: PageMessage) -> None: ...
    def typing(self, on: bool) -> None: ...


class WebConnector:
    """Serves the friends' page and is the one door for what friends write there.

    `owner` is the name the page shows. Texts are the friends' own: they are never logged here.
    """

    name = PLATFORM
    capabilities = Capabilities(typing=True, history=True, discloses=True)

    def __init__(
        self,
        db: Database,
        settings: PageSettings,
        owner: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db, self._settings, self._clock = db, settings, clock
        self.owner = owner
        self.parts: list[Part] = []  # what else the server serves from its next start on
        self._status = Status()
        self._emit: Emit | None = None
        self._listener: socket.socket | None = None
        self._port = settings.port
        self._server: Server | None = None
        self._ended = asyncio.Event()
        self._windows: defaultdict[str, list[tuple[str, Window]]] = defaultdict(list)
        self._typing: set[str] = set()
        self._recent: defaultdict[str, deque[float]] = defaultdict(deque)
        self._taken: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=HISTORY))
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def max_chars(self) -> int:
        return self._settings.max_chars

    def status(self) -> Status:
        return self._status

    def link(self, token: str) -> str:
        """The friend's address. The port is the bound one once `bind` was called."""
        return f"{self.address}/c/{token}"

    @property
    def address(self) -> str:
        """Where browsers find the pages."""
        host = self._settings.host
        if host in ("0.0.0.0", "::", ""):
            host = _lan_address()
        return f"http://{f'[{host}]' if ':' in host else host}:{self._port}"

    def bind(self) -> None:
        """Take the port; `run` does it too. Raises TwinError when it is in use."""
        if self._listener is None:
            self._listener = listen(self._settings.host, self._settings.port)
            self._port = self._listener.getsockname()[1]

    async def run(self, emit: Emit) -> None:
        """Serve until `stop`. Raises TwinError when the port is taken."""
        from twin.connectors.web.page import add_friends_page
        from twin.web.server import make_app

        self._status.state = "starting"
        try:
            self.bind()
        except TwinError as error:
            self._status.state, self._status.last_error = "failed", str(error)
            raise
        assert self._listener is not None
        started = asyncio.Event()
        names = [*self._settings.names, self._settings.host]
        config = uvicorn.Config(
            make_app([partial(add_friends_page, door=self), *self.parts], names),
            log_config=None,  # the bot's own logging stays as it is
            log_level="warning",
            access_log=False,  # the addresses are secrets
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        self._ended.clear()
        self._emit = emit
        self._server = server = Server(config, started.set)
        serving = asyncio.create_task(server.serve([self._listener]), name="web server")
        announcing = asyncio.create_task(self._announce(started, emit), name="web login")
        try:
            # asyncio.wait, unlike await, leaves the server running when this task is cancelled:
            # it is to close its pages in order.
            await asyncio.wait([serving, announcing], return_when=asyncio.FIRST_COMPLETED)
            if announcing.done():
                announcing.result()
                await asyncio.wait([serving])
            serving.result()
            if not started.is_set():
                raise TwinError("[web]: the page could not be started; run with --debug to see why")
        finally:
            server.should_exit = True
            announcing.cancel()
            await asyncio.gather(serving, announcing, return_exceptions=True)
            self._close()

    async def _announce(self, started: asyncio.Event, emit: Emit) -> None:
        await started.wait()
        self._status.state, self._status.last_error = "running", None
        await emit(self.name, LoggedIn(self.link("")))

    def _close(self) -> None:
        if self._listener is not None:
            self._listener.close()
        self._listener = self._emit = self._server = None
        self._windows.clear()
        self._status.state = "stopped"
        self._ended.set()

    async def stop(self) -> None:
        if self._server is None:
            if self._listener is not None:
                self._close()
            return
        self._server.should_exit = True
        await self._ended.wait()

    async def receive(self, token: str, text: str, external_id: str) -> Receipt:
        """Take a friend's message. "accepted" means that it is logged and on the page.

        `external_id` is the sender's own id of the message; the same id counts once.
        """
        chat = chat_of_invite(self._db, token)
        text = _clean(text)
        if chat is None:
            return "unknown"
        if not text:
            return "empty"
        if len(text) > self._settings.max_chars:
            return "too_long"
        if not self._within_rate(token):
            return "too_fast"
        # One at a time per chat: two quick messages keep their order whatever the log does.
        async with self._locks[chat.external_id]:
            return await self._hand_on(chat, text, external_id)

    async def _hand_on(self, chat: Chat, text: str, external_id: str) -> Receipt:
        if self._emit is None:
            return "unavailable"
        taken = self._taken[chat.external_id]
        if external_id in taken:
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
            await self._emit(self.name, event)
        except Exception as error:  # a border: the friend is told, and the page stays up
            log.exception("web: a message could not be logged")
            self._status.last_error = f"{type(error).__name__}: {error}"
            return "unavailable"
        taken.append(external_id)
        self._status.last_event_at = at
        self._show(chat.external_id, text, mine=True)
        return "accepted"

    def _within_rate(self, token: str) -> bool:
        times, now = self._recent[token], self._clock()
        while times and times[0] <= now - 60:
            times.popleft()
        if len(times) >= self._settings.rate_per_minute:
            return False
        times.append(now)
        return True

    async def send(
        self, chat_external_id: str, text: str, *, reply_to: str | None = None
    ) -> str | None:
        """Show the message in the chat's open tabs; tabs opened later find it in the history.

        There is no await in here, so the caller's log entry and the tabs cannot come apart.
        """
        self._typing.discard(chat_external_id)
        self._show(chat_external_id, text, mine=False)
        return None

    async def typing(self, chat_external_id: str, on: bool) -> None:
        if on:
            self._typing.add(chat_external_id)
        else:
            self._typing.discard(chat_external_id)
        for _, window in list(self._windows.get(chat_external_id, [])):
            window.typing(on)

    def _show(self, chat_external_id: str, text: str, *, mine: bool) -> None:
        line = PageMessage(mine, text, now_ms())
        for token, window in list(self._windows.get(chat_external_id, [])):
            # A tab that is still open on a revoked link sees nothing more.
            if chat_of_invite(self._db, token) is not None:
                window.show(line)

    def enter(self, token: str) -> tuple[Sequence[PageMessage], bool] | None:
        """The last messages of the link's chat and whether an answer is being written."""
        chat = chat_of_invite(self._db, token)
        if chat is None:
            return None
        lines = [
            PageMessage(message.origin == "peer", message.text, message.sent_at)
            for message in recent_messages(self._db, chat.id, HISTORY)
            if message.recalled_at is None
        ]
        return lines, chat.external_id in self._typing

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


def _clean(text: str) -> str:
    """Without what SQLite or a JSON reader chokes on: NUL, half surrogates, outer space."""
    text = text.replace("\r\n", "\n").replace("\0", "")
    return text.encode("utf-8", "replace").decode("utf-8").strip()


def _lan_address() -> str:
    """This machine's address in its own network; no packet is sent to find it."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1"
