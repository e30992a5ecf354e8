"""Whether a connection still lives: the time of its last event."""

from collections.abc import Awaitable, Callable

from twin.clock import Clock
from twin.connectors.wechaty_puppet import GatewayError, Puppet

LOOK_S = 30.0  # at most between two looks; the inbox takes two minutes for an absence


class Watch:
    """Ends a connection without events. A quiet gateway is asked for one before.

    The answer comes as an event of its own, so it tells that the stream of events is whole, and
    not only that the gateway's machine is on.
    """

    def __init__(self, puppet: Puppet, limit_s: float, clock: Clock) -> None:
        self._puppet, self._limit, self._clock = puppet, limit_s, clock
        self._heard_at = clock.monotonic()
        self._is_told = True

    def heard(self) -> None:
        """An event came."""
        self._heard_at = self._clock.monotonic()
        self._is_told = False

    async def keep(self, tell: Callable[[], Awaitable[None]]) -> None:
        """`tell` after each look that follows an event. Raises GatewayError at too long a silence.

        A gateway that sends messages and no heartbeat is as present as one that sends both.
        """
        look = min(LOOK_S, self._limit / 4)
        while True:
            await self._clock.sleep(look)
            silence = self._clock.monotonic() - self._heard_at
            if silence >= self._limit:
                raise GatewayError(
                    f"the gateway sent nothing for {silence:.0f} s "
                    "([connectors.wechaty] watchdog_seconds); connecting anew"
                )
            if silence >= look:
                await self._puppet.ping(self._limit - silence)
            if not self._is_told:
                self._is_told = True
                await tell()
