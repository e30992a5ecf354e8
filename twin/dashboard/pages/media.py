"""Serve files of messages to the owner only, never as something that a browser would run."""

import asyncio
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response

from storage.messages import media_of_chat
from twin.dashboard.context import DashboardContext

FOLDER = "media"  # below the data folder; nothing else of it is served
# By their first bytes: a stranger chose the name. No SVG, which is a program.
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_PICTURE_NAMES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


def add_media(app: FastAPI, context: DashboardContext) -> None:
    @app.get("/chats/{number}/media/{message}")
    async def media(request: Request, number: int, message: int) -> Response:
        if getattr(request.state, "owner", None) is None:  # the gate was here before
            return PlainTextResponse("log in at /login first\n", status_code=401)
        path = media_of_chat(context.db, number, [message]).get(message)
        file = None if path is None else await asyncio.to_thread(_find, context, path)
        if file is None:
            return _gone()
        kind = await asyncio.to_thread(_picture_type, file)
        return FileResponse(
            file,
            media_type=kind or "application/octet-stream",
            filename=file.name,
            content_disposition_type="inline" if kind else "attachment",
        )


def media_address(chat_id: int, message_id: int) -> str:
    return f"/chats/{chat_id}/media/{message_id}"


def looks_like_picture(path: str) -> bool:
    """By its name, for the page; what is sent is decided by the file."""
    return path.lower().endswith(_PICTURE_NAMES)


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


def _picture_type(file: Path) -> str | None:
    with file.open("rb") as opened:
        start = opened.read(16)
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _PICTURES if start.startswith(magic)), None)
