"""Open a .zip, and refuse one that is damaged, locked or made to fill memory."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from storage.errors import InputError

MAX_MEMBERS = 100_000
MAX_BYTES = 16 * 2**30
# A text export packs to a tenth. Far beyond that it is a bomb: a file made to fill memory.
MAX_RATIO = 500
SMALL_BYTES = 64 * 2**20
# What reading a damaged one raises.
DAMAGE = (
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
        except (*DAMAGE, ValueError) as error:
            raise damaged(file, file, error) from error
        except OSError as error:
            raise unreadable(file, error) from error
        # Damage can leave a name of nothing.
        infos = [info for info in self._zip.infolist() if info.filename and not info.is_dir()]
        self.sizes = {info.filename: info.file_size for info in infos}
        self.names = list(self.sizes)
        _check(file, infos)

    def open(self, member: str) -> IO[bytes]:
        return self._zip.open(member)


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
                f"{readable(info.filename)} unpacks to {MAX_RATIO} times its size, which "
                "no chat does; unpack it yourself if you trust it",
            )


def readable(member: str) -> str:
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


def damaged(archive: Path, path: Path, error: Exception) -> RefusedZip:
    cause = " ".join(str(error).split()) or type(error).__name__
    return RefusedZip(archive, path, f"a damaged .zip ({cause}); pack or download it again")


def unreadable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"{path}: can't be read ({error.strerror or error}); check the path and its permissions"
    )
