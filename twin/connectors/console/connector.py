"""Chat in the terminal: each line that the owner types is a friend's message."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator

from sqlite_utils import Database

from storage.chats import upsert_chat, upsert_contact
from storage.database import now_ms
from twin.connectors.base import Capabilities, Emit, LoggedIn, MessageReceived, Outgoing, Status
from twin.terminal import printable

CHAT_ID = "console"


def _typed_lines() -> Iterator[str]:
    while True:
        try:
            yield input()
        except (EOFError, KeyboardInterrupt):
            return


def _write_printable(text: str) -> None:
    print(printable(text))


class ConsoleConnector:
    """One chat, on standard input and output. `lines` and `write` are the terminal."""

    name = "console"
    capabilities = Capabilities(discloses=True)

    def __init__(
        self,
        db: Database,
        chat_name: str = "console",
        lines: Callable[[], Iterator[str]] = _typed_lines,
        write: Callable[[str], None] = _write_printable,
    ) -> None:
        self._db, self._chat_name = db, chat_name
        self._lines, self._write = lines, write
        self._status = Status()
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._reader: threading.Thread | None = None
        self._line: str | None = None  # taken from the queue and not logged yet

    def status(self) -> Status:
        return self._status

    async def run(self, emit: Emit) -> None:
        """Until the input ends or `stop`."""
        # Whoever sits at the owner's terminal is the owner, and starting this is the yes.
        upsert_contact(self._db, self.name, CHAT_ID, self._chat_name)
        upsert_chat(self._db, self.name, CHAT_ID, self._chat_name, mode="auto")
        self._status.state = "running"
        self._start_reading()
        try:
            await emit(self.name, LoggedIn(self._chat_name))
            while (line := self._line or await self._queue.get()) is not None:
                self._line = line
                if line.strip():
                    await emit(self.name, self._message(line.strip()))
                self._line = None
        finally:
            self._status.state = "stopped"

    def _start_reading(self) -> None:
        # After a restart the first reader still waits for the keyboard and goes on.
        if self._reader is not None and self._reader.is_alive():
            return
        loop, queue = asyncio.get_running_loop(), self._queue

        def read() -> None:
            # RuntimeError: the loop has closed, and nobody wants the line any more.
            with contextlib.suppress(RuntimeError):
                for line in self._lines():
                    loop.call_soon_threadsafe(queue.put_nowait, line)
                loop.call_soon_threadsafe(queue.put_nowait, None)

        # A daemon thread: nothing can wake a thread that waits for the keyboard, and the
        # program must be able to end without one more Enter.
        self._reader = threading.Thread(target=read, name="console", daemon=True)
        self._reader.start()

    def _message(self, text: str) -> MessageReceived:
        at = self._status.last_event_at = now_ms()
        return MessageReceived(
            CHAT_ID, self._chat_name, CHAT_ID, self._chat_name, text, at, steers=True
        )

    async def send(self, chat_external_id: str, message: Outgoing) -> str | None:
        self._write(message.text)
        return None

    async def typing(self, chat_external_id: str, on: bool) -> None:
        """A terminal shows no typing state."""

    async def stop(self) -> None:
        if self._status.state == "running":
            self._queue.put_nowait(None)
