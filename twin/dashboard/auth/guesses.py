"""Slow down guessing the password, without shutting the owner out."""

import asyncio
import ipaddress

from twin.clock import Clock
from twin.web.rate_limit import RateLimit
from twin.web.security import is_loopback

WITHIN_S = 15 * 60.0
PER_ADDRESS = 5
WRONG_BEFORE_BRAKE = 50  # from all strangers together, within that time
BRAKE_S = 1.0
MOST_WAITING = 60  # strangers behind the brake
IPV6_NETWORK = 64  # one customer has at least that many addresses to choose from


class GuessLimit:
    """Each address has its own few attempts; only strangers share a brake.

    The brake lets one attempt a second through while there are many wrong ones. No stranger is
    whoever gave the right password before from there, or sits at this machine.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of_address = RateLimit(clock.monotonic, WITHIN_S, PER_ADDRESS)
        self._wrong = RateLimit(clock.monotonic, WITHIN_S, WRONG_BEFORE_BRAKE)
        self._known: set[str] = set()
        self._brake, self._waiting = asyncio.Lock(), 0

    async def admit(self, address: str) -> bool:
        """Whether an attempt from there may be made now; it may take a while to say so.

        It counts when it begins, so that many at once are no way around.
        """
        place = _place(address)
        is_stranger = place not in self._known and not is_loopback(address)
        if is_stranger and self._waiting >= MOST_WAITING:
            return False
        if not self._of_address.take(place):
            return False
        if is_stranger and self._wrong.wait_s(None) is not None:
            await self._wait()
        return True

    async def _wait(self) -> None:
        self._waiting += 1
        try:
            async with self._brake:
                await self._clock.sleep(BRAKE_S)
        finally:
            self._waiting -= 1

    def was_wrong(self) -> None:
        """Count a wrong password."""
        self._wrong.note(None)

    def was_right(self, address: str) -> None:
        """Forget the attempts from there: who knows the password only mistyped it before."""
        place = _place(address)
        self._of_address.forget(place)
        self._known.add(place)


def _place(address: str) -> str:
    """The address, or its network where one machine has many of them."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), IPV6_NETWORK), strict=False))
    return str(parsed)
