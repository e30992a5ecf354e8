"""Ask for updates, and confirm each only after it was handled.

The library's own loop puts updates into a queue in memory and confirms them at once: a crash loses
them. What is not confirmed comes again, for 24 hours.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Update
from telegram.error import Conflict, RetryAfter

from twin.clock import Clock
from twin.connectors.telegram.api import POLL_S, ApiClient, wait_s

log = logging.getLogger(__name__)

# The same question within 0.5 s brings one update only, and within 3 s the server waits 3 s.
PAUSE_S = 3.0


class Updates:
    """What happens to the bot, in its order."""

    def __init__(self, bot: ApiClient, clock: Clock) -> None:
        self._bot, self._clock = bot, clock

    async def run(
        self,
        handle: Callable[[Update], Awaitable[None]],
        answered: Callable[[], Awaitable[None]],
    ) -> None:
        """Until it fails. `answered` is called after each answer of the server.

        Raises telegram's errors and those of `handle`, after which the update comes again.
        """
        offset = 0
        while True:
            asked_at = self._clock.monotonic()
            found = await self._ask(offset)
            for one in found:
                update = _parsed(one, self._bot)
                if update is not None:
                    await handle(update)
                offset = int(one["update_id"]) + 1
            await answered()
            if not found:
                # All is confirmed. After a quiet week the ids may begin anywhere.
                offset = 0
                if self._clock.monotonic() - asked_at < 1:
                    await self._clock.sleep(PAUSE_S)

    async def _ask(self, offset: int) -> list[dict[str, Any]]:
        while True:
            try:
                return await self._bot.ask_updates(offset, POLL_S)
            except Conflict as error:
                if "webhook" not in error.message:
                    raise
                log.warning("telegram: the bot had a webhook, which is removed")
                await self._bot.delete_webhook(drop_pending_updates=False)
            except RetryAfter as error:
                await self._clock.sleep(wait_s(error))


def _parsed(told: dict[str, Any], bot: ApiClient) -> Update | None:
    """None for what the library can't read: it comes again and again, and nothing after it."""
    try:
        return Update.de_json(told, bot)
    except Exception as error:  # boundary: a newer server's words, or another one's
        kinds = ", ".join(sorted(told.keys() - {"update_id"}))
        log.error("telegram: an update (%s) can't be read (%s)", kinds, type(error).__name__)
        return None
