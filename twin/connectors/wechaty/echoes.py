"""What was sent comes back as an event, or is told in its place.

Most gateways show the account's own messages, those that they sent themselves included. One that
does not would leave the twin's words out of the log, and the twin would not know what it said.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from twin.clock import Clock
from twin.connectors.base import MessageReceived

PATIENCE_S = 30.0  # well within the minute in which the inbox knows an echo by its text
LATE_S = 60.0


@dataclass(eq=False, slots=True)
class Sent:
    """One message on its way; the id comes with the gateway's answer, if at all."""

    chat: str
    text: str
    at: int
    external_id: str | None = None
    is_told: bool = False

    def is_this(self, message: MessageReceived) -> bool:
        if self.external_id is not None and self.external_id == message.external_id:
            return True
        return (self.chat, self.text) == (message.chat_external_id, message.text)


class Echoes:
    """`tell` logs an event; it does not raise."""

    def __init__(self, clock: Clock, tell: Callable[[MessageReceived], Awaitable[None]]) -> None:
        self._clock, self._tell = clock, tell
        self._awaited: list[Sent] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def expect(self, chat: str, text: str) -> Sent:
        """Call it before sending: the echo can be faster than the gateway's answer."""
        sent = Sent(chat, text, self._clock.now())
        self._awaited.append(sent)
        task = asyncio.create_task(self._stand_in(sent), name="wechaty echo")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return sent

    def forget(self, sent: Sent) -> None:
        """It was not sent, or has come back."""
        if sent in self._awaited:
            self._awaited.remove(sent)

    def is_known(self, message: MessageReceived) -> bool:
        """Whether this is the late echo of what was told already; it would count as the owner's."""
        if not message.from_owner:
            return False
        found = next((sent for sent in self._awaited if sent.is_this(message)), None)
        if found is None:
            return False
        self.forget(found)
        return found.is_told

    async def close(self) -> None:
        """The connection is gone, and no echo comes any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for sent in tuple(self._awaited):
            await self._tell_of(sent)
            self.forget(sent)

    async def _stand_in(self, sent: Sent) -> None:
        await self._clock.sleep(PATIENCE_S)
        await self._tell_of(sent)
        await self._clock.sleep(LATE_S)
        self.forget(sent)

    async def _tell_of(self, sent: Sent) -> None:
        if sent not in self._awaited or sent.is_told:
            return
        sent.is_told = True
        event = MessageReceived(
            chat_external_id=sent.chat,
            chat_name=sent.chat,  # a chat keeps the name that it has
            sender_id="",
            sender_name="",
            text=sent.text,
            sent_at=sent.at,
            external_id=sent.external_id,
            from_owner=True,
        )
        await self._tell(event)
