"""Whether a request was made by a page of ours, at an address of ours."""

import ipaddress
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
SOCKETS = "/_nicegui_ws/"


class Names:
    """The names under which browsers may reach the bot.

    A page elsewhere can point its own name at this machine (DNS rebinding) and would then be of the
    bot's origin. It can't do that with an address, so those are always known.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = {"localhost", *(name.lower() for name in names)}

    def know(self, host: str) -> bool:
        name = _name_of(host)
        return bool(name) and (name in self._names or _is_address(name))


def _name_of(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Whether only this machine's own programs reach that host or address."""
    if name.lower() == "localhost":
        return True
    return _is_address(name) and ipaddress.ip_address(name).is_loopback


def is_foreign(method: str | None, path: str, headers: Mapping[str, str]) -> bool:
    """Whether a page of somebody else makes the browser act. `method` None: it opens a websocket.

    Browsers say which page it was, in Origin or Sec-Fetch-Site. A key in Authorization is sent by
    no browser by itself, so that no page can use it without having it.
    """
    opens_socket = method is None
    if not opens_socket and method in SAFE_METHODS and not path.startswith(SOCKETS):
        return False
    if "authorization" in headers and not opens_socket:
        return False
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None:
        return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    if site is not None:
        return site != "same-origin"
    # No browser at all, or one that hides where it comes from: then without the cookie.
    return opens_socket or (method not in SAFE_METHODS and "cookie" in headers)
