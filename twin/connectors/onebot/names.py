"""The owner's account, and the names of their friends and groups. One connection's."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from storage.texts import Text
from twin.connectors.onebot.gateway import Gateway, GatewayError
from twin.connectors.onebot.segments import word

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """Who is logged in, and whom they know: names by number."""

    number: str
    name: str
    friends: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    def name_of(self, number: str) -> str:
        """The number itself for whoever is unknown."""
        return self.name if number == self.number else self.friends.get(number, number)


async def ask_account(gateway: Gateway) -> Account:
    """Raises GatewayError: it is no OneBot gateway, or refuses."""
    data = await gateway.call("get_login_info")
    number = word(data, "user_id") if isinstance(data, dict) else ""
    if not number or number == "0":
        raise GatewayError(Text("the gateway names no account; log it in to QQ, see docs/qq.md"))
    return Account(
        number=number,
        name=word(data, "nickname") or number,
        friends=await _names(gateway, "get_friend_list", "user_id", "remark", "nickname"),
        groups=await _names(gateway, "get_group_list", "group_id", "group_name"),
    )


async def _names(gateway: Gateway, action: str, key: str, *names: str) -> dict[str, str]:
    try:
        rows = await gateway.call(action)
    except GatewayError as error:
        log.warning("qq: names are missing: %s", error)
        return {}
    listed: list[dict[str, Any]] = [row for row in rows or () if isinstance(row, dict)]
    return {word(row, key): word(row, *names) or word(row, key) for row in listed if word(row, key)}
