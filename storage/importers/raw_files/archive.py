"""Open a .zip, and refuse one that is damaged, locked or made to fill memory."""

import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from storage.errors import cause_of
from storage.importers.problems import BadFile
from storage.texts import Text

MAX_MEMBERS = 100_000
MAX_BYTES = 16 * 2**30
# A text export packs to a tenth. Far beyond that it is a bomb: a file made to fill memory.
MAX_RATIO = 500
SMALL_BYTES = 64 * 2**20
_UTF_8 = 0x800  # the flag of a member whose name is UTF-8
# What reading a damaged one raises.
DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, NotImplementedError, OverflowError, RuntimeError, UnicodeDecodeError),
)


class RefusedZip(BadFile):
    """A .zip or .tar that can't be read, or must not be. Its problem tells where in it."""

    def __init__(self, archive: Path, path: Path, cause: Text) -> None:
        super().__init__(path, cause)
        self.archive = archive


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
        infos = [info for info in self._zip.infolist() if _is_plain_file(info)]
        self._infos = {info.filename: info for info in infos}
        self.sizes = {name: info.file_size for name, info in self._infos.items()}
        self.names = list(self._infos)
        self._shown = {name: _readable(info) for name, info in self._infos.items()}
        _check(file, infos)

    def open(self, member: str) -> IO[bytes]:
        return self._zip.open(self._infos[member])  # by its name a link of that name would do

    def shown(self, member: str) -> str:
        """The member's name as people may see it."""
        return self._shown[member]


def _is_plain_file(info: zipfile.ZipInfo) -> bool:
    """Neither a folder nor a link, whose content is a path. Damage can leave a name of nothing."""
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    return bool(info.filename) and not info.is_dir() and not is_link


def _check(file: Path, infos: Sequence[zipfile.ZipInfo]) -> None:
    if len(infos) > MAX_MEMBERS or sum(info.file_size for info in infos) > MAX_BYTES:
        cause = Text(
            "over {most} files or {gib} GiB unpacked; unpack it yourself and import the folder",
            most=MAX_MEMBERS,
            gib=MAX_BYTES >> 30,
        )
        raise RefusedZip(file, file, cause)
    for info in infos:
        if info.flag_bits & 1:
            cause = Text("it is locked with a password; unpack it and import that")
            raise RefusedZip(file, file, cause)
        if info.file_size > SMALL_BYTES and info.file_size > MAX_RATIO * info.compress_size:
            cause = Text(
                "{name} unpacks to {times} times its size, which no chat does; unpack it yourself "
                "if you trust it",
                name=_readable(info),
                times=MAX_RATIO,
            )
            raise RefusedZip(file, file, cause)


def _readable(info: zipfile.ZipInfo) -> str:
    is_known = info.flag_bits & _UTF_8
    return within(info.filename if is_known else _unmarked(info.filename))


def within(name: str) -> str:
    """A member's name that stays inside of the archive, without signs that can't be shown."""
    inside = name.lstrip("/")
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in inside)


def _unmarked(name: str) -> str:
    """Programs that don't say how they write names use UTF-8, GBK on Chinese Windows, or CP437,
    which zipfile takes all for. Chinese names have at least one of the signs of GB2312.
    """
    try:
        data = name.encode("cp437")
    except UnicodeEncodeError:
        return name
    is_chinese = not data.decode("gb2312", "ignore").isascii()
    for encoding in ("utf-8", *(["gb18030"] if is_chinese else [])):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def damaged(archive: Path, path: Path, error: Exception) -> RefusedZip:
    cause = cause_of(error, None) or type(error).__name__
    said = Text(
        "a damaged {kind} ({cause}); pack or download it again",
        kind=".tar" if archive.suffix.lower() == ".tar" else ".zip",
        cause=cause,
    )
    return RefusedZip(archive, path, said)


def unreadable(path: Path, error: OSError | RuntimeError | ValueError) -> BadFile:
    cause = getattr(error, "strerror", None) or error
    return BadFile(
        path, Text("can't be read ({cause}); check the path and its permissions", cause=cause)
    )
