"""Stickers on the friends' page: pictures that stand in the page itself, without an address."""

import base64
from collections.abc import Sequence
from pathlib import Path

from sqlite_utils import Database

from storage.message_files import media_of_chat, saved_file
from storage.messages import Message
from twin.web.media_types import type_of

FILES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp"})
MOST_BYTES = 3_000_000  # of the pictures of a page that is loaded, the latest ones


def picture_of(file: Path) -> str | None:
    """It as an address; None for what is no picture or can't be read."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    kind = type_of(content) or ""
    if not kind.startswith("image/"):
        return None
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def latest_pictures(db: Database, data: Path, messages: Sequence[Message]) -> dict[int, str]:
    """Of those of the chat's messages that are stickers of the twin's. `data`: the data folder."""
    stickers = [one for one in messages if (one.origin, one.kind) == ("twin", "sticker")]
    if not stickers:
        return {}
    files = media_of_chat(db, stickers[0].chat_id, [one.id for one in stickers])
    found: dict[int, str] = {}
    room = MOST_BYTES
    for one in reversed(stickers):
        file = saved_file(data, files.get(one.id))
        picture = None if file is None else picture_of(file)
        if picture is None:
            continue
        room -= len(picture)
        if room < 0:
            break
        found[one.id] = picture
    return found
