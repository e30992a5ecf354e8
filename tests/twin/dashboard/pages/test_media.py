"""Files of messages are served to the owner only, from one folder, and never as a program."""

from pathlib import Path

import pytest

from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message
from tests.twin.dashboard.stage import Stage

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def with_file(stage: Stage, path: str, content: bytes | None) -> str:
    """The address of a message with that file."""
    if content is not None:
        file = stage.config.path_of(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    chat = upsert_chat(stage.db, "fake", "ann", "Ann")
    number = log_message(stage.db, NewMessage(chat.id, "peer", "", 1, kind="file", media=path))
    return f"/chats/{chat.id}/media/{number}"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.png", PNG, "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.gif", b"GIF89a", "image/gif"),
        ("a.webp", b"RIFF\0\0\0\0WEBP", "image/webp"),
        ("a.txt", PNG, "image/png"),
        ("a.ogg", b"OggS\0", "audio/ogg"),
        ("a.mp3", b"ID3\4", "audio/mpeg"),
        ("a.wav", b"RIFF\0\0\0\0WAVE", "audio/wav"),
        ("a.m4a", b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        ("a.mp4", b"\0\0\0\x20ftypisom", "video/mp4"),
        ("a.webm", b"\x1aE\xdf\xa3", "video/webm"),
    ],
)
async def test_pictures_sounds_and_films_are_shown(
    stage: Stage, name: str, content: bytes, kind: str
) -> None:
    address = with_file(stage, f"media/wechaty/{name}", content)
    async with stage.http() as http:
        await stage.log_in(http)
        answer = await http.get(address)
    assert answer.content == content
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"].startswith("inline")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *((name, SVG) for name in ("a.html", "a.svg", "a.png", "a.js", "a")),
        ("a.mp4", b"\0\0\0\x20ftypavif"),  # a picture, not in every browser
    ],
)
async def test_anything_else_is_only_handed_out(stage: Stage, name: str, content: bytes) -> None:
    address = with_file(stage, f"media/wechaty/{name}", content)
    async with stage.http() as http:
        await stage.log_in(http)
        answer = await http.get(address)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["twin.db", "media/../owner.password", "../../etc/passwd", "/etc/passwd", "media", "a\0b"],
)
async def test_nothing_outside_of_the_folder_is_served(stage: Stage, path: str) -> None:
    address = with_file(stage, path, None)
    stage.config.path_of("media").mkdir()
    async with stage.http() as http:
        await stage.log_in(http)
        assert (await http.get(address)).status_code == 404


async def test_a_link_leads_nowhere(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "x.png").symlink_to(stage.config.database)
    address = with_file(stage, "media/x.png", None)
    async with stage.http() as http:
        await stage.log_in(http)
        assert (await http.get(address)).status_code == 404


async def test_only_the_owner_gets_it_and_only_in_its_chat(stage: Stage) -> None:
    address = with_file(stage, "media/wechaty/a.png", PNG)
    other = upsert_chat(stage.db, "fake", "ben", "Ben")
    *_, number = address.split("/")
    async with stage.http(Accept="image/*") as http:
        assert (await http.get(address)).status_code == 401
        await stage.log_in(http)
        assert (await http.get(address)).status_code == 200
        for wrong in (
            f"/chats/{other.id}/media/{number}",
            "/chats/1/media/99",
            f"/chats/{10**30}/media/1",
        ):
            assert (await http.get(wrong)).status_code == 404
