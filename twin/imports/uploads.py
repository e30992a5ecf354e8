"""Keep files that the owner uploads until they are imported, and no longer."""

import os
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from storage.errors import InputError, TwinError
from storage.texts import Text

FOLDER = "uploads"
MOST_BYTES = 2 * 2**30
MOST_FILES = 500
SPARE_BYTES = 256 * 2**20  # left free for the bot itself
_LONGEST_NAME = 150
_NOT_IN_NAMES = '/\\:*?"<>|'


class UploadTooLarge(InputError):
    """More than is accepted."""


class Upload:
    """The files of one import, in a folder that only the bot's user can read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: list[str] = []
        self.size = 0
        self.is_closed = False

    async def add(self, name: str, content: AsyncIterator[bytes]) -> None:
        """Keep a file under that name, or a similar one if it is taken.

        Raises UploadTooLarge, or TwinError when it can't be written; nothing of it is kept then.
        """
        if self.is_closed or len(self.names) >= MOST_FILES:
            raise UploadTooLarge(
                Text("more than {most} files at once; put them into a .zip", most=MOST_FILES)
            )
        path = self._free(safe_name(name))
        self.names.append(path.name)
        try:
            await self._write(path, content)
        except BaseException as error:
            self.names.remove(path.name)
            path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                cause = Text(
                    "{path}: can't be kept ({cause})", path=path.name, cause=error.strerror
                )
                raise TwinError(cause) from error
            raise

    async def _write(self, path: Path, content: AsyncIterator[bytes]) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _new(path) as file:
            async for part in content:
                self.size += len(part)
                free = shutil.disk_usage(self.folder).free
                if self.is_closed or self.size > MOST_BYTES or free < SPARE_BYTES:
                    self.size -= file.tell() + len(part)
                    raise _too_large(path.name)
                file.write(part)

    @property
    def files(self) -> list[Path]:
        return [self.folder / name for name in self.names]

    def _free(self, name: str) -> Path:
        path, number = self.folder / name, 2
        while path.name in self.names:
            path = self.folder / f"{Path(name).stem} ({number}){Path(name).suffix}"
            number += 1
        return path

    def remove(self) -> None:
        """Delete the files; no more are accepted."""
        self.is_closed = True
        shutil.rmtree(self.folder, ignore_errors=True)


def _too_large(name: str) -> UploadTooLarge:
    return UploadTooLarge(
        Text(
            "{path}: over {gib} GiB together, or no room on the disk; import it with "
            "`bot.py import`",
            path=name,
            gib=MOST_BYTES >> 30,
        )
    )


class Uploads:
    """All open uploads. Files left behind by an earlier run are deleted."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER
        self._open: dict[str, Upload] = {}
        shutil.rmtree(self._folder, ignore_errors=True)

    def begin(self) -> tuple[str, Upload]:
        """A new upload, and the key under which its files are sent."""
        key = secrets.token_urlsafe(16)
        self._open[key] = Upload(self._folder / key)
        return key, self._open[key]

    def find(self, key: str) -> Upload | None:
        return self._open.get(key)

    def end(self, key: str) -> None:
        upload = self._open.pop(key, None)
        if upload is not None:
            upload.remove()


def safe_name(name: str) -> str:
    """A name without a path or unusual characters; the rest stays, as it may name the chat."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(
        "_" if sign in _NOT_IN_NAMES or not sign.isprintable() else sign for sign in last
    ).strip(". ")
    while len(kept.encode("utf-8", "replace")) > _LONGEST_NAME:
        stem, dot, suffix = kept.rpartition(".")
        kept = stem[:-1] + dot + suffix if stem and len(suffix) < 8 else kept[:-1]
    return kept.encode("utf-8", "replace").decode("utf-8") or "export"


def _new(path: Path) -> BinaryIO:
    """A new file that only the bot's user can read; an existing one is never overwritten."""
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))
