"""Which file a message has: its path, relative to the data folder."""

import json
from collections.abc import Iterable
from pathlib import Path

from sqlite_utils import Database

from storage.values import fitting

MEDIA = "media"  # in the data folder


def media_files(db: Database) -> set[str]:
    """Every saved file, relative to the data folder."""
    rows = db.execute("SELECT media FROM messages WHERE media IS NOT NULL")
    return {path for (path,) in rows}


def saved_file(data: Path, media: str | None) -> Path | None:
    """The file of a message, if it lies in the media folder once every link and ".." is followed.

    `media`: relative to the data folder, as the log has it.
    """
    try:
        file = None if media is None else (data / media).resolve()
        is_ours = file is not None and file.is_relative_to((data / MEDIA).resolve())
        return file if file is not None and is_ours and file.is_file() else None
    except (OSError, ValueError, RuntimeError):  # the last: links in a circle, before Python 3.13
        return None


def media_of_chat(db: Database, chat_id: int, message_ids: Iterable[int]) -> dict[int, str]:
    """The saved files of these messages of the chat, by message."""
    rows = db.execute(
        # The plus keeps SQLite from reading the whole chat by its index.
        "SELECT id, media FROM messages WHERE +chat_id = ? AND media IS NOT NULL "
        "AND id IN (SELECT value FROM json_each(?))",
        [fitting(chat_id), json.dumps(list(message_ids))],
    )
    return dict(rows.fetchall())


def attach_media(db: Database, chat_id: int, external_id: str, media: str) -> int | None:
    """Note where a message's file was saved: its row id. None when no such message was logged."""
    rows = db.execute(
        "UPDATE messages SET media = ? WHERE chat_id = ? AND external_id = ? RETURNING id",
        [media, chat_id, external_id],
    ).fetchall()
    return int(rows[0][0]) if rows else None
