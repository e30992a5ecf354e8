"""Check settings that name hosts, proxies and origins, and bring each into one form."""

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

ANYBODY = "*"
HUBS = ("huggingface", "modelscope")
_LABEL = r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")


def host_name(text: str) -> str:
    """A host's name as browsers send it: lower case, other scripts in ASCII, no dot at its end.

    Raises ValueError for what names no host.
    """
    name = text.strip().lower().removesuffix(".")
    try:
        name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not _NAME.fullmatch(name):
        raise ValueError("no host's name; write the name alone, as in twin.example.org")
    return name


def network(text: str) -> str:
    """An address or a network of addresses. Raises ValueError."""
    try:
        found = ipaddress.ip_network(text.strip())
    except ValueError:
        raise ValueError(
            "no address or network; write it as in 127.0.0.1 or 172.16.0.0/12"
        ) from None
    if found.prefixlen == 0:
        raise ValueError("all addresses there are; anybody could then name any address as theirs")
    return text.strip()


def origin(text: str) -> str:
    """The origin of a page as browsers send it, or `*` for all of them. Raises ValueError."""
    given = text.strip()
    if given == ANYBODY:
        return given
    try:
        url = urlsplit(given)
        name, port = url.hostname or "", url.port
    except ValueError:
        url, name, port = urlsplit(""), "", None
    is_bare = url.path in ("", "/") and not (url.query or url.fragment or "@" in url.netloc)
    if not (name and is_bare and given.isprintable() and url.scheme in ("http", "https")):
        raise ValueError('no origin; write it as in https://chat.example.org, or "*" for all')
    host = f"[{name}]" if ":" in name else host_name(name)
    is_usual = port in (None, {"http": 80, "https": 443}[url.scheme])
    return f"{url.scheme}://{host}" + ("" if is_usual else f":{port}")


def hub(text: str) -> str:
    """Where bases are fetched from: a hub's name, or the address of a mirror. Raises ValueError."""
    given = text.strip().rstrip("/")
    if given.lower() in HUBS:
        return given.lower()
    try:
        url = urlsplit(given)
        name, _ = url.hostname or "", url.port
    except ValueError:
        url, name = urlsplit(""), ""
    # What a mirror says is checked by its own sums, so nobody on the way may change them.
    is_safe = url.scheme == "https" or (url.scheme == "http" and name in ("127.0.0.1", "localhost"))
    if not (name and is_safe and "@" not in url.netloc and not url.query and not url.fragment):
        raise ValueError(
            'no hub; write "huggingface", "modelscope" or a mirror as in https://hf-mirror.com'
        )
    return given


HostName = Annotated[str, AfterValidator(host_name)]
Network = Annotated[str, AfterValidator(network)]
Origin = Annotated[str, AfterValidator(origin)]
Hub = Annotated[str, AfterValidator(hub)]
