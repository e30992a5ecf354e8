"""Files of messages, in pieces."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from nio.crypto.attachments import encrypt_attachment

from storage.errors import TwinError
from tests.twin.connectors.matrix.synapse import Synapse
from tests.twin.connectors.matrix.world import World
from twin.connectors.matrix.client import Client, open_client
from twin.connectors.matrix.contents import kind_of
from twin.connectors.matrix.media import pieces
from twin.connectors.matrix.sending import duration_ms, spoken
from twin.connectors.media import MediaTooLarge

PICTURE = bytes(range(256)) * 1000


@pytest.fixture
async def client(synapse: Synapse, tmp_path: Path) -> AsyncIterator[tuple[World, Client]]:
    world = await asyncio.to_thread(World, synapse)
    made = open_client(world.account)
    yield world, made
    await made.close()


async def read(client: Client, content: dict[str, Any], limit: int = 10**6) -> tuple[str, bytes]:
    found = [piece async for piece in pieces(client, content, limit)]
    return found[0][0], b"".join(data for _, data in found)


async def test_a_file(client: tuple[World, Client]) -> None:
    world, made = client
    content = {"msgtype": "m.image", "body": "a.png", "url": world.upload(world.ann, PICTURE)}
    assert await read(made, content) == ("a.png", PICTURE)


async def test_an_encrypted_file(client: tuple[World, Client]) -> None:
    world, made = client
    sealed, keys = encrypt_attachment(PICTURE)
    file = keys | {"url": world.upload(world.ann, sealed)}
    assert await read(made, {"body": "a.png", "file": file}) == ("a.png", PICTURE)
    with pytest.raises(MediaTooLarge):
        await read(made, {"body": "a.png", "file": file}, limit=1000)
    with pytest.raises(TwinError, match="can't be decrypted"):
        await read(made, {"body": "a.png", "file": file | {"iv": 5}})


@pytest.mark.parametrize("address", [None, 5, "https://x/a", "mxc://twin.test/../../admin"])
async def test_what_is_no_file(client: tuple[World, Client], address: Any) -> None:
    with pytest.raises(TwinError, match="names no file"):
        await read(client[1], {"body": "a.png", "url": address})


async def test_a_file_that_the_server_has_not(client: tuple[World, Client]) -> None:
    with pytest.raises(TwinError, match=r"no such file \(HTTP 404\)"):
        await read(client[1], {"body": "a.png", "url": "mxc://twin.test/gone"})


@pytest.mark.parametrize("sealed", [False, True])
async def test_a_voice_is_uploaded_and_read_again(
    client: tuple[World, Client], sealed: bool
) -> None:
    _, made = client
    page = b"OggS\0\4" + (96_000).to_bytes(8, "little") + bytes(200)
    content = await spoken(made, page, sealed)
    assert content is not None
    assert (content["msgtype"], content["info"]["duration"]) == ("m.audio", 2000)
    assert kind_of({"type": "m.room.message", "content": content}) == "voice"
    assert ("url" in content, "file" in content) == (not sealed, sealed)
    assert await read(made, content) == ("voice.ogg", page)


@pytest.mark.parametrize(
    ("sound", "duration"), [(b"", 0), (b"OggS", 0), (b"OggS\0\0" + b"\xff" * 8, 0)]
)
def test_of_what_is_cut_the_duration_is_unknown(sound: bytes, duration: int) -> None:
    assert duration_ms(sound) == duration
