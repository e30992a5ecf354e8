"""Tell in the log what a setting or a proxy lacks when requests are refused for it."""

import ipaddress
import json
import logging
import time
from collections.abc import Callable, Sequence

from twin.config import network_values
from twin.web.rate_limit import RateLimit

log = logging.getLogger(__name__)

DAY_S = 24 * 3600.0
MOST_A_DAY = 20  # strangers choose these names


class Hints:
    """Each line once a day. `names` and `proxies` are the settings of [web]."""

    def __init__(
        self,
        names: Sequence[str],
        proxies: Sequence[str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._names, self._proxies = names, proxies
        self._told = RateLimit(monotonic, DAY_S, 1, MOST_A_DAY)

    def unknown_name(self, name: str) -> None:
        """A request named another host than ours."""
        if _is_valid(network_values.host_name, name) and self._told.take(("name", name)):
            log.warning(
                "web: a request for %s is refused. If that is a name of this bot, add it to [web] "
                "names in config.toml: names = %s",
                name,
                json.dumps([*self._names, name]),
            )

    def foreign_page(self, origin: str, host: str) -> None:
        """A page sent a request to a host that isn't its own: an attack, or a proxy's mistake."""
        if _is_valid(network_values.origin, origin) and self._told.take(("origin", origin)):
            log.warning(
                "web: a request of the page %s for %s is refused. If that is the bot behind a "
                "proxy, the proxy must pass on the header Host as it came: see docs/proxies.md",
                network_values.origin(origin),
                host,
            )

    def forwarded_by(self, address: str) -> None:
        """A request came through a proxy, which the settings may not know."""
        if self._proxies or not _is_near(address) or not self._told.take(("proxy", address)):
            return
        log.warning(
            "web: a proxy at %s is not believed: all who come through it count as one. If it is "
            "yours, add it to [web] proxies in config.toml: proxies = %s",
            address,
            json.dumps([address]),
        )


def _is_valid(check: Callable[[str], str], text: str) -> bool:
    """Whether it may stand in a log: no line breaks, no escapes, and it would be a setting."""
    try:
        check(text)
    except ValueError:
        return False
    return True


def _is_near(address: str) -> bool:
    """A stranger's address must not be advertised as a proxy's."""
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False
