"""Fetch the file of a message from the homeserver, in pieces, and decrypt it where it is encrypted.

nio's own download holds the whole file in memory, however large it is.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import ClientError
from nio import AsyncClient
from nio.crypto.attachments import decrypt_attachment
from nio.exceptions import EncryptionError

from twin.connectors.matrix.client import MatrixError
from twin.connectors.media import MediaTooLarge, Pieces

PIECE = 64 * 1024
_FILE = re.compile(r"mxc://(?P<server>[\w.:\[\]-]{1,255})/(?P<id>[\w-]{1,255})", re.ASCII)
KINDS_WITH_FILE = frozenset({"image", "video", "voice", "file", "sticker"})


async def pieces(client: AsyncClient, content: Mapping[str, Any], limit: int) -> Pieces:
    """The file's name and its bytes. One that is encrypted comes whole, so that `limit` bytes of it
    are the most. Raises MatrixError and MediaTooLarge.
    """
    encrypted = content.get("file")
    sealed = encrypted if isinstance(encrypted, Mapping) else None
    name = content.get("filename") or content.get("body")
    yield (name if isinstance(name, str) else ""), b""
    data = bytearray()
    async for piece in _download(
        client, content.get("url") if sealed is None else sealed.get("url")
    ):
        if sealed is None:
            yield "", piece
        elif len(data) + len(piece) > limit:
            raise MediaTooLarge
        else:
            data += piece
    if sealed is not None:
        yield "", await asyncio.to_thread(_decrypted, bytes(data), sealed)


async def _download(client: AsyncClient, address: Any) -> Any:
    match = _FILE.fullmatch(address) if isinstance(address, str) else None
    if match is None:
        raise MatrixError("matrix: a message names no file of a server")
    path = f"/_matrix/client/v1/media/download/{quote(match['server'])}/{match['id']}"
    headers = {"Authorization": f"Bearer {client.access_token}"}
    try:
        answer = await client.send("GET", path, headers=headers, timeout=0)
        async with answer:
            if answer.status != 200:
                raise MatrixError(f"matrix: the server gives no such file (HTTP {answer.status})")
            async for piece in answer.content.iter_chunked(PIECE):
                yield piece
    except (ClientError, OSError) as error:
        raise MatrixError(f"matrix: a file was cut off ({type(error).__name__})") from None


def _decrypted(data: bytes, sealed: Mapping[str, Any]) -> bytes:
    try:
        plain: bytes = decrypt_attachment(
            data, sealed["key"]["k"], sealed["hashes"]["sha256"], sealed["iv"]
        )
    except (EncryptionError, AttributeError, KeyError, TypeError, ValueError):
        raise MatrixError("matrix: a file can't be decrypted") from None
    return plain
