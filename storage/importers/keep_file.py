"""Copy a file of an export into the data folder, under a name that its content gives it."""

import errno
import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from storage.errors import TwinError
from storage.imported_files import FOLDER, PART
from storage.importers.file_kinds import harmless_suffix
from storage.texts import Text

SPARE_BYTES = 256 * 2**20  # left free for the bot itself
_PIECE = 1 << 20
_IN_MEMORY = 1 << 23
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class TooLarge(Exception):
    """More came out of it than was said."""


class NoRoom(Exception):
    """It is more than may come; `of_disk`: than the disk has room for."""

    def __init__(self, *, of_disk: bool = False) -> None:
        super().__init__()
        self.of_disk = of_disk


class Kept(NamedTuple):
    """`path`: relative to the data folder. `size`: how many bytes were added to it."""

    path: str
    size: int


class FileKeeper:
    """Keeps each content once. Raises TwinError where the folder can't be written."""

    def __init__(self, data: Path) -> None:
        self._data, self._folder = data, data / FOLDER
        try:
            self._folder.parent.mkdir(mode=0o700, exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise _cant_write(self._folder, error) from error

    def keep(self, content: IO[bytes], name: str, most: int) -> Kept:
        """At most `most` bytes. `name` is a stranger's: only a harmless ending of it is kept.

        Raises TooLarge, NoRoom, and what reading raises.
        """
        with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(self._folder)) as copy:
            digest, size = _read(content, copy, most)
            path = f"{FOLDER}/{digest}{harmless_suffix(name)}"
            if (self._data / path).is_file():
                return Kept(path, 0)
            copy.seek(0)
            self._write(copy, self._data / path, size)
        return Kept(path, size)

    def _write(self, copy: IO[bytes], target: Path, size: int) -> None:
        """It appears at once and whole, for the owner alone."""
        part = target.with_name(target.name + PART)
        try:
            if shutil.disk_usage(self._folder).free - size < SPARE_BYTES:
                raise NoRoom
            part.unlink(missing_ok=True)
            with open(part, "xb", opener=_for_the_owner) as file:
                shutil.copyfileobj(copy, file, _PIECE)
            part.replace(target)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            if error.errno in _FULL:
                raise NoRoom(of_disk=True) from error
            raise _cant_write(self._folder, error) from error


def _read(content: IO[bytes], copy: IO[bytes], most: int) -> tuple[str, int]:
    """(what names the content, how many bytes it has)."""
    digest, size = hashlib.blake2b(digest_size=16), 0
    while piece := content.read(_PIECE):
        size += len(piece)
        if size > most:
            raise TooLarge
        digest.update(piece)
        try:
            copy.write(piece)
        except OSError as error:  # it has grown out of memory, and the disk is full
            raise NoRoom(of_disk=True) from error
    return digest.hexdigest(), size


def _for_the_owner(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _cant_write(folder: Path, error: OSError) -> TwinError:
    return TwinError(
        Text(
            "{folder}: can't be written ({cause}); check its permissions and the disk",
            folder=folder,
            cause=error.strerror,
        )
    )
