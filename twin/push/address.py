"""Which addresses of push services are taken: https, by a name, and on the internet alone.

A page hands the address in, and the bot sends requests to it: it must reach nothing in the owner's
own network.
"""

import re
import socket

from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from storage.errors import InputError
from storage.texts import Text
from twin.config.network_values import host_name
from twin.public_addresses import is_public

LONGEST = 2000  # the longest that is known has 700 characters
_VISIBLE = re.compile(r"[!-~]+")


def service_address(endpoint: str) -> URL:
    """The address, read as it will be asked for. Raises InputError for one that is not taken."""
    try:
        if len(endpoint) > LONGEST or not _VISIBLE.fullmatch(endpoint):
            raise ValueError
        url = URL(endpoint, encoded=True)
        name = host_name(url.host or "")
        is_plain = url.user is None and url.password is None and url.port == 443
        # What ends in a number is an address to some programs, as 127.1 is.
        is_named = "." in name and name.rpartition(".")[2][0].isalpha()
        if url.scheme != "https" or not is_named or not is_plain:
            raise ValueError
    except ValueError:
        raise InputError(
            Text(
                "this browser's push service has an address that is not taken: {address}",
                address=endpoint[:100],
            )
        ) from None
    return url


class PublicResolver(ThreadedResolver):
    """Finds a name's addresses and gives the public ones: what was looked at is what is used."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise OSError(None, f"{host} has no public address")
        return public
