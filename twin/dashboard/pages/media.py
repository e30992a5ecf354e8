"""Serve files of messages to the owner only, never as something that a browser would run."""

import asyncio
from collections.abc import Mapping
from typing import Literal

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response

from storage.message_files import media_of_chat, saved_file
from twin.dashboard.context import DashboardContext
from twin.web.media_types import type_of_file

Look = Literal["picture", "sound", "film"]
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
        file = await asyncio.to_thread(saved_file, context.config.data, path)
        if file is None:
            return _gone()
        kind = await asyncio.to_thread(type_of_file, file)
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
