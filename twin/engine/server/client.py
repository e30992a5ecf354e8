"""Requests to the server of [engine]. Nothing of a chat goes into an address, a log or an error."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from yarl import URL

from storage.texts import Text
from twin.config.engine_section import EngineSettings
from twin.engine.base import EngineUnavailable
from twin.engine.server.address import key_header, resolver_for
from twin.engine.server.failures import KEY_VARIABLE, explained, refusal, unencrypted

CONNECT_S = 10.0
LOOK_S = 20.0  # for what a server says of itself, which takes none that works a moment
_MOST_BYTES = 16_000_000

Json = Any


class ServerClient:
    """One server, asked by path. Whoever asks decides what is asked for again.

    Raises EngineUnavailable for what another try may bring, WrongRequest for what none will, and
    InputError for an address or a key that can't be used.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self.server, self._settings = settings.server, settings
        self._headers = key_header(KEY_VARIABLE)
        resolver_for(settings, unencrypted)  # tells at once what is wrong with the address
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str) -> Json:
        return self._needed(await self._request("GET", path, None))

    async def post(self, path: str, body: Mapping[str, Json], *, quotes: bool = False) -> Json:
        """The answer. `quotes`: there are words of a chat in the body, and so perhaps in what the
        server says to a refusal, which then isn't told.
        """
        return self._needed(await self._request("POST", path, body, quotes=quotes))

    async def tell(self, path: str, body: Mapping[str, Json]) -> None:
        """A request whose answer says no more than that it was carried out."""
        await self._request("POST", path, body)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _request(
        self, method: str, path: str, body: Mapping[str, Json] | None, *, quotes: bool = False
    ) -> Json | None:
        limit_s = self._settings.timeout_seconds
        if method == "GET":
            limit_s = min(limit_s, LOOK_S)
        with explained(self.server, limit_s):
            async with self._opened().request(
                method,
                URL(self.server + path),
                json=body,
                timeout=aiohttp.ClientTimeout(limit_s, sock_connect=CONNECT_S),
                allow_redirects=False,  # they would take words and key elsewhere
            ) as response:
                status, content = response.status, await _read(response, self.server)
        answer = _parsed(content)
        if status != 200:
            raise refusal(self.server, status, answer, quotes=quotes)
        return answer

    def _needed(self, answer: Json | None) -> Json:
        if answer is None:
            raise EngineUnavailable(
                Text(
                    "{server} answers, but not in JSON; is it the right port?", server=self.server
                ),
                "NoJson",
            )
        return answer

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = resolver_for(self._settings, unencrypted)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver, limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=self._headers,
            )
        return self._session


async def _read(response: aiohttp.ClientResponse, server: str) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > _MOST_BYTES:
            raise EngineUnavailable(
                Text("{server} answers without end; it is left unread", server=server),
                "NoEnd",
            )
    return bytes(content)


def _parsed(content: bytes) -> Json | None:
    """None for what is no JSON; `null` is none that answers anything either."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
