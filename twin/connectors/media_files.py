"""Names and places of fetched files."""

import hashlib
import re
import time
from collections.abc import Container
from pathlib import Path

from storage.message_files import MEDIA

PART = ".part"  # not yet whole
UNDER_WAY_S = 600.0  # long enough for a saved file to be noted with its message
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}$")
_OURS = re.compile(r"[0-9a-f]{24}(\.[a-z0-9]{1,8})?(\.part)?")


def folder_of(section: str) -> str:
    """Where a connector's files lie in the data folder; `section` is that of its settings."""
    return f"{MEDIA}/{section}"


def file_name(chat: str, message_id: str, name: str) -> str:
    """A name of our own: a stranger chose `name`, and only its harmless ending is kept."""
    digest = hashlib.blake2b(
        f"{chat}\0{message_id}".encode("utf-8", "replace"), digest_size=12
    ).hexdigest()
    suffix = _SUFFIX.search(name)
    return digest + (suffix[0].lower() if suffix else "")


def stray_files(section: str, data: Path, known: Container[str]) -> list[Path]:
    """Files of ours that no message has: left by a crash, or their chat was forgotten.

    `known` are the paths, relative to the data folder, that messages have.
    """
    folder, latest = data / folder_of(section), time.time() - UNDER_WAY_S
    if not folder.resolve().is_relative_to(data.resolve()):
        return []  # a link to somewhere else
    return [
        file
        for file in sorted(folder.glob("*"))
        if _OURS.fullmatch(file.name)
        and file.relative_to(data).as_posix() not in known
        and file.lstat().st_mtime < latest
    ]
