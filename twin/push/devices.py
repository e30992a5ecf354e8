"""The owner's devices, as their page shows and changes them."""

from collections.abc import Callable

from sqlite_utils import Database

from storage.errors import InputError
from storage.push_devices import (
    Device,
    Subscription,
    add_device,
    remove_device,
    renew_device,
)
from storage.texts import Text
from twin.clock import SYSTEM_CLOCK, Clock
from twin.language import language_for
from twin.push.address import service_address
from twin.push.delivery import Delivery
from twin.push.service import encrypted, failure_text
from twin.push.wording import TEST
from twin.web.rate_limit import RateLimit
from twin.writes import Writes

TESTS_A_MINUTE = 5


class Devices:
    """Each method raises TwinError with what to show the owner."""

    def __init__(self, db: Database, delivery: Delivery, clock: Clock = SYSTEM_CLOCK) -> None:
        self._db, self._delivery, self._clock = db, delivery, clock
        self._writes = Writes(db, clock)
        self._tests = RateLimit(clock.monotonic, 60.0, TESTS_A_MINUTE)

    async def public_key(self) -> str:
        """To which a browser binds what it gives."""
        return (await self._delivery.key()).public

    def all(self) -> list[Device]:
        """Oldest first."""
        return self._delivery.devices()

    async def add(self, subscription: Subscription, name: str, language: str) -> None:
        """Tell that browser from now on. `language`: the tag of what it reads."""
        service_address(subscription.endpoint)
        encrypted(subscription, b"")
        key, now = await self.public_key(), self._clock.now()
        await self._writes.run(
            lambda: add_device(
                *(self._db, subscription), server_key=key, name=name, language=language, now=now
            )
        )

    async def renew(self, old: str, subscription: Subscription) -> None:
        """Tell a device under the address that its browser has now, in place of the `old` one."""
        service_address(subscription.endpoint)
        encrypted(subscription, b"")
        device = self._known(lambda one: one.subscription.endpoint == old)
        await self._writes.run(lambda: renew_device(self._db, device.id, subscription))

    async def remove(self, number: int) -> None:
        await self._writes.run(lambda: remove_device(self._db, number))

    async def test(self, number: int) -> None:
        """Tell it that this is a test, at once and whatever the hour."""
        device = self._known(lambda one: one.id == number)
        if not self._tests.take(None):
            raise InputError(Text("these were many tests; wait a minute"))
        line = language_for(device.language).say(TEST)
        outcome = await self._delivery.give(device, line, None)
        if outcome.failure is not None:
            raise InputError(failure_text(outcome.failure))

    def _known(self, is_it: Callable[[Device], bool]) -> Device:
        """Raises InputError where there is none."""
        device = next(filter(is_it, self.all()), None)
        if device is None:
            raise InputError(Text("this device is not told of anything any more"))
        return device
