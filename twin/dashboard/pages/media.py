"""Serve files of messages to the owner only, never as something that a browser would run."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response

from storage.messages import media_of_chat
from twin.dashboard.context import DashboardContext

FOLDER = "media"  # below the data folder; nothing else of it is served
Look = Literal["picture", "sound", "film"]
# By their first bytes: a stranger chose the name. No SVG, which is a program.
_TYPES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_ENDINGS: Mapping[Look, tuple[str, ...]] = {
    "picture": (".png", ".jpg", ".jpeg", ".gif", ".webp"),
    "sound": (".ogg", ".oga", ".opus", ".mp3", ".m4a", ".wav", ".flac"),
    "film": (".mp4", ".m4v", ".mov", ".webm"),
}


def add_media(app: FastAPI, context: DashboardContext) -> None:
    @app.get("/chats/{number}/media/{message}")
    async def media(request: Request, number: int, message: int) -> Response:
        if getattr(request.state, "owner", None) is None:  # the gate was here before
            return PlainTextResponse("log in at /login first\n", status_code=401)
        path = media_of_chat(context.db, number, [message]).get(message)
        file = None if path is None else await asyncio.to_thread(_find, context, path)
        if file is None:
            return _gone()
        kind = await asyncio.to_thread(_type_of, file)
        return FileResponse(
            file,
            media_type=kind or "application/octet-stream",
            filename=file.name,
            content_disposition_type="inline" if kind else "attachment",
        )


def media_address(chat_id: int, message_id: int) -> str:
    return f"/chats/{chat_id}/media/{message_id}"


def look_of(path: str) -> Look | None:
    """How the page shows it, by its name; what is sent is decided by the file."""
    name = path.lower()
    return next((look for look, endings in _ENDINGS.items() if name.endswith(endings)), None)


def _gone() -> Response:
    return PlainTextResponse("no such file\n", status_code=404)


def _find(context: DashboardContext, path: str) -> Path | None:
    """The file, if it lies in the media folder once every link and ".." is followed."""
    try:
        file = context.config.path_of(path).resolve()
        inside = file.is_relative_to(context.config.path_of(FOLDER).resolve())
        return file if inside and file.is_file() else None
    except (OSError, ValueError):
        return None


def _type_of(file: Path) -> str | None:
    """Of a picture, sound or film that browsers show without running anything."""
    with file.open("rb") as opened:
        start = opened.read(16)
    if start[:4] == b"RIFF":
        return _RIFF.get(start[8:12])
    if start[4:8] == b"ftyp":
        return "audio/mp4" if start[8:11] == b"M4A" else "video/mp4"
    return next((kind for magic, kind in _TYPES if start.startswith(magic)), None)
