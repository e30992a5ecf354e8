"""Files that came along with imports: where they lie in the data folder, and which nobody has."""

import re
from contextlib import suppress
from pathlib import Path

from sqlite_utils import Database

from storage.message_files import MEDIA, media_files

FOLDER = f"{MEDIA}/import"
PART = ".part"  # not yet whole
_OURS = re.compile(r"[0-9a-f]{32}(?:\.[a-z0-9]{1,8})?(?:\.part)?")


def delete_strays(db: Database, data: Path) -> None:
    """Delete what an import that came to no end has copied. Nobody may be importing meanwhile."""
    folder = data / FOLDER
    if not folder.is_dir() or not folder.resolve().is_relative_to(data.resolve()):
        return  # a link to somewhere else
    known = media_files(db)
    for file in list(folder.iterdir()):
        if _OURS.fullmatch(file.name) and f"{FOLDER}/{file.name}" not in known:
            with suppress(OSError):
                file.unlink()
