"""Log the errors that nobody waits for in one line each: asyncio writes a traceback for every one.

What strangers send may cause as many as they like, so only some are logged in a minute.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from twin.web.rate_limit import RateLimit

log = logging.getLogger(__name__)

WINDOW_S = 60.0
MOST = 10


class StrayErrors:
    """An exception handler of an event loop."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._rate = RateLimit(monotonic, WINDOW_S, MOST)
        self._untold = 0

    def __call__(self, _loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        error = context.get("exception")
        log.debug("%s", context.get("message"), exc_info=error)
        if not self._rate.take(None):
            self._untold += 1
            return
        # Not the error's message: it may quote what somebody sent.
        cause = type(error).__name__ if error is not None else context.get("message")
        more = f"; {self._untold} more were not told" if self._untold else ""
        self._untold = 0
        log.error("an error that nobody waits for: %s%s (--debug says where)", cause, more)
