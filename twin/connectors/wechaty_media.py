"""Saving the files of messages below the data folder, up to a size."""

import base64
import binascii
import hashlib
import re
from pathlib import Path
from typing import Any

import httpx

from storage.errors import TwinError

FOLDER = "media"
BASE64, URL = 1, 2  # wechaty's FileBox types that can be fetched
SUFFIX = re.compile(r"\.[a-z0-9]{1,8}$")


async def save_media(
    data: Path, platform: str, message_id: str, box: dict[str, Any], most: int
) -> str:
    """Store a message's file; its path relative to the data folder. `most` in bytes.

    The name is made from the message's id: what the gateway calls the file is never a path of
    ours. Raises TwinError when it is too large or can't be had.
    """
    content = await _content(box, most)
    name = hashlib.blake2b(message_id.encode(), digest_size=12).hexdigest()
    path = Path(FOLDER, platform, name[:2], name + _suffix(str(box.get("name", ""))))
    target = data / path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = target.with_name(f".{target.name}.part")
        scratch.write_bytes(content)
        scratch.replace(target)
    except OSError as error:
        raise TwinError(f"{target}: can't be written ({error.strerror})") from error
    return path.as_posix()


def _suffix(name: str) -> str:
    found = SUFFIX.search(name.lower())
    return found[0] if found else ".bin"


async def _content(box: dict[str, Any], most: int) -> bytes:
    kind = box.get("boxType", box.get("type"))
    if kind == BASE64:
        return _decoded(str(box.get("base64", "")), most)
    if kind == URL:
        return await _fetched(str(box.get("remoteUrl", box.get("url", ""))), most)
    raise TwinError(f"a file of the unknown kind {kind!r} was not fetched")


def _decoded(text: str, most: int) -> bytes:
    if len(text) * 3 // 4 > most + 2:
        raise _too_large(most)
    try:
        return base64.b64decode(text, validate=False)
    except binascii.Error as error:
        raise TwinError("a file that is no base64 was not saved") from error


async def _fetched(url: str, most: int) -> bytes:
    content = bytearray()
    try:
        async with (
            httpx.AsyncClient(follow_redirects=True) as client,
            client.stream("GET", url) as r,
        ):
            r.raise_for_status()
            async for chunk in r.aiter_bytes():
                content += chunk
                if len(content) > most:
                    raise _too_large(most)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise TwinError(f"a file was not fetched ({type(error).__name__})") from error
    return bytes(content)


def _too_large(most: int) -> TwinError:
    return TwinError(
        f"a file over {most / 1e6:g} MB was not fetched ([connectors.wechaty] media_mb)"
    )
