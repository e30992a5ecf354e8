"""Open an export: a file, or a member of a .zip or .tar that is read without being unpacked."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from storage.errors import InputError
from storage.importers.raw_files.archive import DAMAGE, Archive, damaged, unreadable
from storage.importers.raw_files.tar_archive import TarArchive, is_tar


@dataclass(frozen=True, slots=True)
class Source:
    """`member` is the name inside the .zip or .tar, or None for a plain file."""

    file: Path
    member: str | None = None
    archive: Archive | TarArchive | None = None

    @property
    def path(self) -> Path:
        """The path to show; inside a .zip it goes on behind the .zip's name, as in a .tar."""
        if self.archive is None or self.member is None:
            return self.file
        return self.file / self.archive.shown(self.member)

    @property
    def key(self) -> tuple[Path, str | None]:
        """The same for every way to name the same file."""
        return self.file.resolve(), self.member

    @property
    def size(self) -> int:
        """In bytes; 0 where that is not known."""
        if self.archive is not None and self.member is not None:
            return self.archive.sizes[self.member]
        try:
            return self.file.stat().st_size
        except OSError:
            return 0

    def open(self, reached: Callable[[int], None] | None = None) -> BinaryIO:
        """`reached` is called with the number of bytes read so far."""
        try:
            if self.archive is None or self.member is None:
                raw: IO[bytes] = self.file.open("rb")
            else:
                raw = self.archive.open(self.member)
        except (OSError, *DAMAGE) as error:
            raise self.unreadable(error) from error
        return cast(BinaryIO, io.BufferedReader(_Guarded(raw, self, reached)))

    def unreadable(self, error: Exception) -> InputError:
        if isinstance(error, OSError) and self.archive is None:
            return unreadable(self.path, error)
        # A damaged list of members leads outside the file, which is an OSError as well.
        return damaged(self.file, self.path, error)

    def check(self) -> None:
        """Read it to its end, where damage is found. Raises what reading raises."""
        with self.open() as stream:
            while stream.read(1 << 16):
                pass

    def beside(self, name: str) -> "Source | None":
        """A file in the same folder, if it is there."""
        if self.archive is None or self.member is None:
            file = self.file.with_name(name)
            return Source(file) if file.is_file() else None
        member = str(PurePosixPath(self.member).with_name(name))
        return replace(self, member=member) if member in self.archive.names else None

    def above(self, name: str) -> "Source | None":
        """A file in the folder above, if it is there."""
        if self.archive is None or self.member is None:
            file = self.file.absolute().parent.with_name(name)
            return Source(file) if file.is_file() else None
        member = str(PurePosixPath(self.member).parent.parent / name)
        return replace(self, member=member) if member in self.archive.names else None

    def files_above(self, levels: int, pattern: str) -> "list[Source]":
        """The files of a folder some levels above, such as `Users/*/info.json`."""
        if self.archive is None or self.member is None:
            folders = self.file.absolute().parents
            files = folders[levels].glob(pattern) if levels < len(folders) else ()
            return [Source(file) for file in sorted(files) if file.is_file()]
        above = PurePosixPath(self.member).parents
        if levels >= len(above):
            return []
        depth, last = pattern.count("/"), pattern.rpartition("/")[2]
        paths = map(PurePosixPath, (name for name in self.archive.names if name.endswith(last)))
        found = (path for path in paths if path.match(pattern))
        inside = sorted(str(path) for path in found if path.parents[depth] == above[levels])
        return [replace(self, member=name) for name in inside]

    def files_in(self, folder: str, suffix: str) -> "list[Source]":
        """The files with that ending in a folder beside, in the order of their names."""
        if self.archive is None or self.member is None:
            found = self.file.with_name(folder).glob(f"*{suffix}")
            return [Source(file) for file in sorted(found) if file.is_file()]
        inside = PurePosixPath(self.member).with_name(folder)
        return [
            replace(self, member=name)
            for name in sorted(self.archive.names)
            if name.endswith(suffix) and PurePosixPath(name).parent == inside
        ]


class _Guarded(io.RawIOBase):
    """Turns whatever goes wrong while reading into an InputError of one line."""

    def __init__(
        self, raw: IO[bytes], source: Source, reached: Callable[[int], None] | None
    ) -> None:
        self._raw, self._source = raw, source
        self._reached, self._position = reached, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._raw.read(len(buffer))
        except (OSError, *DAMAGE) as error:
            raise self._source.unreadable(error) from error
        buffer[: len(data)] = data
        self._position += len(data)
        if self._reached is not None:
            self._reached(self._position)
        return len(data)

    def close(self) -> None:
        self._raw.close()
        super().close()


def is_archive(file: Path) -> bool:
    """A .zip or .tar, also under another name; but a spreadsheet, packed as a .zip, is a table."""
    if is_workbook(file):
        return False
    try:
        with file.open("rb") as stream:
            head = stream.read(512)
    except OSError:
        return False
    return head.startswith(b"PK\x03\x04") or is_tar(head)


def is_workbook(path: Path) -> bool:
    return path.suffix.lower() in (".xlsx", ".xlsm")
