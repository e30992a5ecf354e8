"""List the files in a .zip or .tar, and in the .zip files in it.

Phones and clouds pack the .zip files of many chats into one.
"""

import shutil
import tempfile
import weakref
from pathlib import Path, PurePosixPath
from typing import IO, cast

from storage.importers.raw_files.archive import Archive, RefusedZip, unreadable
from storage.importers.raw_files.source import Source
from storage.importers.raw_files.tar_archive import TarArchive, is_tar
from storage.texts import Text

# .zip files in a .zip are copied into temporary files, which stay open.
MAX_INNER = 256
MAX_INNER_BYTES = 4 * 2**30
_IN_MEMORY = 2**16
_TOO_MUCH = Text(
    "more than {most} .zip files or {gib} GiB of them in one; unpack it yourself and import the "
    "folder",
    most=MAX_INNER,
    gib=MAX_INNER_BYTES >> 30,
)


def members(file: Path, refused: list[RefusedZip]) -> list[Source]:
    """The files in it and in the .zip files in it. Raises RefusedZip where `Archive` does.

    An inner one that can't be read is added to `refused`.
    """
    archive = TarArchive(file) if _is_tar(file) else Archive(file)
    found = [Source(file, name, archive) for name in archive.names]
    copied = 0
    for number, source in enumerate([source for source in found if _is_inner_zip(source)]):
        copied += source.size
        try:
            if number >= MAX_INNER or copied > MAX_INNER_BYTES:
                raise RefusedZip(source.path, source.path, _TOO_MUCH)
            found += _inner_members(source)
        except RefusedZip as error:
            refused.append(error)
    return found


def _is_tar(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return is_tar(stream.read(512))
    except OSError as error:
        raise unreadable(file, error) from error


def _is_inner_zip(source: Source) -> bool:
    parts = PurePosixPath(source.member or "").parts
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return source.path.suffix.lower() == ".zip" and not hidden


def _inner_members(source: Source) -> list[Source]:
    content = cast(IO[bytes], tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
    try:
        with source.open() as stream:
            shutil.copyfileobj(stream, content)
        archive = Archive(source.path, content)
    except OSError as error:
        content.close()
        raise unreadable(source.path, error) from error
    except BaseException:
        content.close()
        raise
    weakref.finalize(archive, content.close)
    return [Source(source.path, name, archive) for name in archive.names]
