"""Open an export: a file, or a member of a .zip that is read without being unpacked.

Phones and clouds also pack the .zip files of many chats into one: a .zip in a .zip is opened too.
"""

import io
import lzma
import shutil
import struct
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from storage.errors import InputError

MAX_MEMBERS = 100_000
MAX_BYTES = 16 * 2**30
# A text export packs to a tenth. Far beyond that it is a bomb: a file made to fill memory.
MAX_RATIO = 500
SMALL_BYTES = 64 * 2**20
# .zip files in a .zip are copied into temporary files, which stay open.
MAX_INNER = 256
MAX_INNER_BYTES = 4 * 2**30
_IN_MEMORY = 2**16
_TOO_MUCH = (
    f"more than {MAX_INNER} .zip files or {MAX_INNER_BYTES >> 30} GiB of them in one; "
    "unpack it yourself and import the folder"
)
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, NotImplementedError, OverflowError, RuntimeError, UnicodeDecodeError),
)


class RefusedZip(InputError):
    """A .zip that can't be read, or must not be. `path` is where in the `archive` that shows."""

    def __init__(self, archive: Path, path: Path, cause: str) -> None:
        super().__init__(f"{path}: {cause}")
        self.archive, self.path, self.cause = archive, path, cause


class Archive:
    """A .zip that stays open as long as one of its members is in use.

    Raises RefusedZip for one that is damaged, locked or absurdly large.
    """

    def __init__(self, file: Path, content: IO[bytes] | None = None) -> None:
        self.file = file
        try:
            self._zip = zipfile.ZipFile(content or file)
        except (*_DAMAGE, ValueError) as error:
            raise _damaged(file, file, error) from error
        except OSError as error:
            raise _unreadable(file, error) from error
        # Damage can leave a name of nothing.
        infos = [info for info in self._zip.infolist() if info.filename and not info.is_dir()]
        self.sizes = {info.filename: info.file_size for info in infos}
        self.names = list(self.sizes)
        _check(file, infos)

    def open(self, member: str) -> IO[bytes]:
        return self._zip.open(member)


@dataclass(frozen=True, slots=True)
class Source:
    """`member` is the name inside the .zip, or None for a plain file."""

    file: Path
    member: str | None = None
    archive: Archive | None = None

    @property
    def path(self) -> Path:
        """The path to show; inside a .zip it goes on behind the .zip's name."""
        return self.file if self.member is None else self.file / _readable(self.member)

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
        except (OSError, *_DAMAGE) as error:
            raise self.unreadable(error) from error
        return cast(BinaryIO, io.BufferedReader(_Guarded(raw, self, reached)))

    def unreadable(self, error: Exception) -> InputError:
        if isinstance(error, OSError) and self.archive is None:
            return _unreadable(self.path, error)
        # A damaged list of members leads outside the file, which is an OSError as well.
        return _damaged(self.file, self.path, error)

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
        except (OSError, *_DAMAGE) as error:
            raise self._source.unreadable(error) from error
        buffer[: len(data)] = data
        self._position += len(data)
        if self._reached is not None:
            self._reached(self._position)
        return len(data)

    def close(self) -> None:
        self._raw.close()
        super().close()


def members(file: Path, refused: list[RefusedZip]) -> list[Source]:
    """The files in a .zip and in the .zip files in it. Raises RefusedZip where `Archive` does.

    An inner one that can't be read is added to `refused`.
    """
    archive = Archive(file)
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
        raise _unreadable(source.path, error) from error
    except BaseException:
        content.close()
        raise
    weakref.finalize(archive, content.close)
    return [Source(source.path, name, archive) for name in archive.names]


def _check(file: Path, infos: Sequence[zipfile.ZipInfo]) -> None:
    if len(infos) > MAX_MEMBERS or sum(info.file_size for info in infos) > MAX_BYTES:
        raise RefusedZip(
            *(file, file),
            f"over {MAX_MEMBERS} files or {MAX_BYTES >> 30} GiB unpacked; "
            "unpack it yourself and import the folder",
        )
    for info in infos:
        if info.flag_bits & 1:
            raise RefusedZip(file, file, "it is locked with a password; unpack it and import that")
        if info.file_size > SMALL_BYTES and info.file_size > MAX_RATIO * info.compress_size:
            raise RefusedZip(
                *(file, file),
                f"{_readable(info.filename)} unpacks to {MAX_RATIO} times its size, which "
                "no chat does; unpack it yourself if you trust it",
            )


def is_zip(file: Path) -> bool:
    """Also one under another name; but a spreadsheet, which is packed as one, is a table."""
    if is_workbook(file):
        return False
    try:
        with file.open("rb") as stream:
            return stream.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def is_workbook(path: Path) -> bool:
    return path.suffix.lower() in (".xlsx", ".xlsm")


def _readable(member: str) -> str:
    """The member's name as people may see it.

    Chinese Windows writes names in GBK and does not say so; zipfile takes them for CP437.
    """
    # One that begins at the root would leave the .zip behind.
    name = _from_gbk(member).lstrip("/")
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in name)


def _from_gbk(member: str) -> str:
    try:
        data = member.encode("cp437")
    except UnicodeEncodeError:
        return member
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member


def _damaged(archive: Path, path: Path, error: Exception) -> RefusedZip:
    cause = " ".join(str(error).split()) or type(error).__name__
    return RefusedZip(archive, path, f"a damaged .zip ({cause}); pack or download it again")


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"{path}: can't be read ({error.strerror or error}); check the path and its permissions"
    )
