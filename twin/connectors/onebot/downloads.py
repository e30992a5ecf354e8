"""Load a message's file from the address that the gateway gives."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from twin.connectors.media import Pieces
from twin.connectors.onebot.gateway import GatewayError
from twin.connectors.onebot.segments import Media

_PIECE = 65_536  # bytes


async def load(media: Media) -> Pieces:
    """The file in pieces: its name first. Raises GatewayError, without the address: it has keys."""
    yield media.name, b""
    async with _opened(media.url) as answer:
        async for piece in answer.content.iter_chunked(_PIECE):
            yield "", piece


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[aiohttp.ClientResponse]:
    try:
        async with aiohttp.ClientSession() as http, http.get(url, max_redirects=3) as answer:
            if answer.status != 200:
                raise GatewayError(f"its server answers HTTP {answer.status}")
            yield answer
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise GatewayError(f"its server can't be read ({type(error).__name__})") from None
