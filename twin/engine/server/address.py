"""Where messages may be sent unencrypted: to this machine and its own network alone."""

import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from storage.errors import InputError
from storage.texts import Text
from twin.config.engine_section import EngineSettings
from twin.public_addresses import stays_inside


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


def resolver_for(settings: EngineSettings) -> AbstractResolver | None:
    """None where a name may have any address. Raises InputError for a public address in figures."""
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


def unencrypted(server: str) -> InputError:
    return InputError(
        Text(
            "{server}: messages would go over the internet unencrypted; use https, or set "
            "[engine] plain_http = true where a tunnel encrypts them",
            server=server,
        )
    )
