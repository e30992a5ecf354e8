"""What people and groups are called, asked once each."""

from collections.abc import Awaitable, Callable

from twin.connectors.wechaty_messages import Place
from twin.connectors.wechaty_puppet import GatewayError, Puppet


class Names:
    """Names of one connection. A name that the gateway can't tell is the id, until it can."""

    def __init__(self, puppet: Puppet) -> None:
        self._puppet = puppet
        self._known: dict[str, str] = {}

    async def of_chat(self, place: Place) -> str:
        if place.kind == "group":
            return await self._ask(place.id, self._puppet.room_name)
        return await self.of_contact(place.id)

    async def of_contact(self, contact_id: str) -> str:
        return await self._ask(contact_id, self._puppet.contact_name)

    def forget(self, external_id: str) -> None:
        """It was renamed."""
        self._known.pop(external_id, None)

    async def _ask(self, external_id: str, ask: Callable[[str], Awaitable[str]]) -> str:
        if not external_id:
            return ""
        if external_id not in self._known:
            try:
                name = await ask(external_id)
            except GatewayError:
                name = ""  # a name is no reason to lose a message
            if not name:
                return external_id
            self._known[external_id] = name
        return self._known[external_id]
