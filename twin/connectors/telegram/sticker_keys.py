"""What Telegram takes to show a sticker or an animation again, from what was logged of it."""

import json
import re

STICKER, ANIMATION = "sticker", "animation"
STICKER_FILES = frozenset({".webp", ".tgs", ".webm"})
ANIMATION_FILES = frozenset({".gif", ".mp4"})
# A path would be read from this machine's disk by the library.
_FILE_ID = re.compile(r"[\w-]{10,250}", re.ASCII)


def logged(kind: str, emoji: str | None, file_id: str) -> str:
    """What is logged of it. The file's number is of use to this bot alone."""
    return json.dumps({"kind": kind, "emoji": emoji, "file_id": file_id}, ensure_ascii=False)


def sticker_key(raw: str) -> str | None:
    """Kind and file, as JSON; None for what an export says of a sticker, which is its emoji."""
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or told.get("kind") not in (STICKER, ANIMATION):
        return None
    file_id = told.get("file_id")
    if not isinstance(file_id, str) or _FILE_ID.fullmatch(file_id) is None:
        return None
    return json.dumps([told["kind"], file_id])


def file_of_key(key: str) -> tuple[str, str]:
    """(kind, file's number)."""
    kind, file_id = json.loads(key)
    return kind, file_id
