"""Log each sent message once: by its echo, or without one after a while.

Most gateways report the account's own messages, those that they sent themselves included. With one
that does not, the twin's messages would be missing from the log, and the owner's are.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from storage.echoes import AS_STICKER, ECHO_WINDOW_MS, SAME, WITH_WORDS, echo_score
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
    is_sticker: bool = False
    external_id: str | None = None
    is_logged: bool = False

    def score(self, message: MessageReceived, now: int) -> float:
        """How surely the message is its echo, which platforms alter; 0: it is not."""
        if self.chat != message.chat_external_id:
            return 0
        if self.external_id is not None and self.external_id == message.external_id:
            return math.inf
        # By our clock or the platform's: they may disagree, and an echo may be late.
        distance = min(abs(now - self.at), abs(message.sent_at - self.at))
        if self.is_sticker:
            is_near = distance < ECHO_WINDOW_MS and self.external_id is None
            return SAME if is_near and message.kind in AS_STICKER else 0
        if message.kind not in WITH_WORDS:
            return 0
        return echo_score(self.text, message.text, distance)


class Echoes:
    """The sent messages whose echo may still come. `log_event` does not raise.

    missing: called for each message whose echo did not come in time.
    """

    def __init__(
        self,
        clock: Clock,
        log_event: Callable[[MessageReceived], Awaitable[None]],
        missing: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock, self._log_event, self._missing = clock, log_event, missing
        self._awaited: list[Sent] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def expect(self, chat: str, text: str, *, is_sticker: bool = False) -> Sent:
        """Wait for an echo. Call it before sending: the echo can be faster than the answer."""
        sent = Sent(chat, text, self._clock.now(), is_sticker)
        self._awaited.append(sent)
        task = asyncio.create_task(self._without_echo(sent), name="echo")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return sent

    def forget(self, sent: Sent) -> None:
        """Stop waiting for its echo: it was not sent, or has come back."""
        if sent in self._awaited:
            self._awaited.remove(sent)

    def is_known(self, message: MessageReceived) -> bool:
        """Whether this is a late echo of a logged message; it would count as the owner's."""
        if not message.from_owner:
            return False
        now = self._clock.now()
        found = max(self._awaited, key=lambda sent: sent.score(message, now), default=None)
        if found is None or not found.score(message, now):
            return False
        self.forget(found)
        return found.is_logged

    async def close(self) -> None:
        """Log what has no echo yet: the connection is gone, and none will come."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for sent in tuple(self._awaited):
            await self._log(sent)
            self.forget(sent)

    async def _without_echo(self, sent: Sent) -> None:
        await self._clock.sleep(PATIENCE_S)
        if sent in self._awaited:
            self._missing()
        await self._log(sent)
        await self._clock.sleep(LATE_S)
        self.forget(sent)

    async def _log(self, sent: Sent) -> None:
        if sent not in self._awaited or sent.is_logged:
            return
        sent.is_logged = True
        event = MessageReceived(
            chat_external_id=sent.chat,
            chat_name=sent.chat,  # a chat keeps the name that it has
            sender_id="",
            sender_name="",
            text=sent.text,
            kind="sticker" if sent.is_sticker else "text",
            sent_at=sent.at,
            external_id=sent.external_id,
            from_owner=True,
        )
        await self._log_event(event)
