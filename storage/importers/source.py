"""Where an export lies: a file, or a member of a .zip that is read without being unpacked."""

import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from storage.errors import InputError

MAX_MEMBERS = 100_000
MAX_BYTES = 16 * 2**30
# A text export packs to a tenth. Far beyond that it is a bomb: a file made to fill memory.
MAX_RATIO = 500
SMALL_BYTES = 64 * 2**20
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Source:
    """`member` is the name inside the .zip at `file`, or None for a plain file."""

    file: Path
    member: str | None = None

    @property
    def path(self) -> Path:
        """The path to show; inside a .zip it goes on behind the .zip's name."""
        return self.file if self.member is None else self.file / _readable(self.member)

    @property
    def key(self) -> tuple[Path, str | None]:
        """The same for every way to name the same file."""
        return self.file.resolve(), self.member

    def open(self) -> BinaryIO:
        try:
            if self.member is None:
                raw: IO[bytes] = self.file.open("rb")
            else:
                raw = cast(IO[bytes], _Member(self.file, self.member, self.path))
        except OSError as error:
            raise InputError(
                f"{self.path}: can't be read ({error.strerror or error}); "
                "check the path and its permissions"
            ) from error
        return cast(BinaryIO, io.BufferedReader(_Guarded(raw, self.path)))

    def beside(self, name: str) -> "Source | None":
        """A file in the same folder, if it is there."""
        if self.member is None:
            file = self.file.with_name(name)
            return Source(file) if file.is_file() else None
        member = str(PurePosixPath(self.member).with_name(name))
        return next((other for other in members(self.file) if other.member == member), None)

    def files_in(self, folder: str, suffix: str) -> "list[Source]":
        """The files with that ending in a folder beside, in the order of their names."""
        if self.member is None:
            found = self.file.with_name(folder).glob(f"*{suffix}")
            return [Source(file) for file in sorted(found) if file.is_file()]
        inside = str(PurePosixPath(self.member).with_name(folder))
        return sorted(
            (
                other
                for other in members(self.file)
                if other.member and str(PurePosixPath(other.member).parent) == inside
                if other.member.endswith(suffix)
            ),
            key=lambda other: other.member or "",
        )


class _Guarded(io.RawIOBase):
    """Turns what goes wrong while reading, which may be hours into a file, into one line."""

    def __init__(self, raw: IO[bytes], path: Path) -> None:
        self._raw, self._path = raw, path

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._raw.read(len(buffer))
        except OSError as error:
            raise InputError(
                f"{self._path}: can't be read ({error.strerror or error}); check the disk"
            ) from error
        except _DAMAGE as error:
            raise _damaged(self._path, error) from error
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Member(io.RawIOBase):
    """A member of a .zip that closes the .zip with itself."""

    def __init__(self, file: Path, member: str, path: Path) -> None:
        self._zip = zipfile.ZipFile(file)
        try:
            self._stream = self._zip.open(member)
        except _DAMAGE as error:
            self._zip.close()
            raise _damaged(path, error) from error

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._zip.close()
        super().close()


def members(file: Path) -> list[Source]:
    """The files in a .zip. Raises InputError for one that is damaged, locked or absurdly large."""
    try:
        with zipfile.ZipFile(file) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except (*_DAMAGE, ValueError) as error:
        raise _damaged(file, error) from error
    except OSError as error:
        raise InputError(f"{file}: can't be read ({error.strerror or error})") from error
    if len(infos) > MAX_MEMBERS or sum(info.file_size for info in infos) > MAX_BYTES:
        raise InputError(
            f"{file}: over {MAX_MEMBERS} files or {MAX_BYTES >> 30} GiB unpacked; "
            "unpack it yourself and import the folder"
        )
    for info in infos:
        if info.flag_bits & 1:
            raise InputError(f"{file}: it is locked with a password; unpack it and import that")
        if info.file_size > SMALL_BYTES and info.file_size > MAX_RATIO * info.compress_size:
            raise InputError(
                f"{file}: {_readable(info.filename)} unpacks to {MAX_RATIO} times its size, which "
                "no chat does; unpack it yourself if you trust it"
            )
    return [Source(file, info.filename) for info in infos]


def is_zip(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return stream.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def _readable(member: str) -> str:
    """Chinese Windows writes names in GBK and does not say so; zipfile takes them for CP437."""
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


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(f"{path}: a damaged .zip ({error}); pack or download it again")
