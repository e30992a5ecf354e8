"""To which servers words may go, and with which key: unencrypted only to the own network."""

import os
import re
import socket
from collections.abc import Callable

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from storage.errors import InputError
from storage.texts import Text
from twin.config.engine_section import EngineSettings
from twin.config.speech_section import SpeechSettings
from twin.public_addresses import stays_inside

_KEY = re.compile(r"[!-~]*")


class PublicAddressError(OSError):
    """What is sent there would leave the own network."""


class InsideResolver(ThreadedResolver):
    """Finds a name's addresses, of which none may be public: what was looked at is what is used."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        if not all(stays_inside(one["host"]) for one in found):
            raise PublicAddressError(None, f"{host} has a public address")
        return found


def resolver_for(
    settings: EngineSettings | SpeechSettings, unencrypted: Callable[[str], InputError]
) -> AbstractResolver | None:
    """None where a name may have any address. Raises `unencrypted` for a public one in figures."""
    url = URL(settings.server)
    if settings.plain_http or url.scheme == "https":
        return None
    try:
        inside = stays_inside(url.host or "")
    except ValueError:  # a name: its addresses are looked at when it is connected to
        return InsideResolver()
    if not inside:
        raise unencrypted(settings.server)
    return InsideResolver()


def key_header(variable: str) -> dict[str, str]:
    """What shows a server the key in that environment variable; empty without one."""
    key = os.environ.get(variable, "").strip()
    if _KEY.fullmatch(key) is None:
        raise InputError(
            Text("{variable}: there are signs in it that no key has", variable=variable)
        )
    return {"Authorization": f"Bearer {key}"} if key else {}
