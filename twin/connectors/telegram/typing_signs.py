"""Show that an answer is being written, for longer than the five seconds that Telegram shows it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from twin.clock import Clock

log = logging.getLogger(__name__)

SHOWN_S = 5.0
MOST_S = 180.0  # nobody types for ever, and nobody may tell when the answer is dropped


class TypingSigns:
    """One sign a chat. `show` shows it once."""

    def __init__(self, show: Callable[[str], Awaitable[None]], clock: Clock) -> None:
        self._show, self._clock = show, clock
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def begin(self, chat: str) -> None:
        running = self._tasks.get(chat)
        if running is None or running.done():
            self._tasks[chat] = asyncio.create_task(self._repeat(chat), name="telegram typing")

    def end(self, chat: str) -> None:
        task = self._tasks.pop(chat, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _repeat(self, chat: str) -> None:
        try:
            for _ in range(int(MOST_S / SHOWN_S)):
                await self._show(chat)
                await self._clock.sleep(SHOWN_S)
        except Exception as error:  # boundary: no reply is lost for a typing sign
            log.debug("telegram: typing was not shown (%s)", type(error).__name__)
