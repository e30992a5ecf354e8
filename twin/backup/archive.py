"""The backup as a file: a compressed tar whose last member names every other and its SHA-256."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, BinaryIO

from storage.errors import InputError
from storage.texts import Text

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 1 << 20
MANIFEST_BYTES = 1 << 28  # of a million files; more is no manifest

Told = Callable[[int], None]  # bytes that were read


@dataclass(slots=True)
class Manifest:
    """What a backup holds. `made_at` in UTC milliseconds; `files`: name to SHA-256, in hex."""

    made_at: int
    schema: int
    secrets: bool
    format: int = FORMAT
    files: dict[str, str] = field(default_factory=dict)


class Writer:
    """Adds files, one after the other; the manifest, without which it counts as cut, at the end."""

    def __init__(self, file: BinaryIO, manifest: Manifest, told: Told) -> None:
        self._manifest, self._told = manifest, told
        # Adapters hardly become smaller; the database does, at any level.
        self._tar = tarfile.TarFile.gzopen("", "w", file, compresslevel=1)

    def add(self, name: str, path: Path) -> None:
        """Raises OSError, also for a file that is cut while it is read."""
        with path.open("rb") as file:
            entry = self._tar.gettarinfo(arcname=name, fileobj=file)
            entry.mode, entry.uid, entry.gid, entry.uname, entry.gname = 0o600, 0, 0, "", ""
            hashed = _Hashed(file, self._told)
            self._tar.addfile(entry, hashed)
        self._manifest.files[name] = hashed.sha256.hexdigest()

    def close(self) -> None:
        text = json.dumps(asdict(self._manifest)).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(text), 0o600
        self._tar.addfile(entry, io.BytesIO(text))
        self._tar.close()


class _Hashed(io.RawIOBase):
    """A file that is hashed while it is read."""

    def __init__(self, file: BinaryIO, told: Told) -> None:
        self._file, self._told, self.sha256 = file, told, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(size)
        self.sha256.update(part)
        self._told(len(part))
        return part


Take = Callable[[tarfile.TarInfo, IO[bytes]], str]


def read_members(file: BinaryIO, take: Take) -> Manifest:
    """Hand each file of the backup to `take`, which gives its SHA-256, and compare all of them.

    Raises InputError for a file that is no backup, or is cut or altered; some were taken then.
    Names that would lie outside of a folder, and anything but plain files, are refused.
    """
    found: dict[str, str] = {}
    manifest: Manifest | None = None
    with _readable(file) as tar:
        for entry in tar:
            if manifest is not None or not entry.isfile() or not _is_inside(entry.name):
                raise InputError(
                    Text(
                        "{name} does not belong in a backup: nothing is taken",
                        name=repr(entry.name),
                    )
                )
            content = tar.extractfile(entry)
            assert content is not None  # it is a file
            if entry.name == MANIFEST:
                manifest = _manifest(content.read(MANIFEST_BYTES))
            elif entry.name in found:
                raise InputError(
                    Text("{name} is in the backup twice: nothing is taken", name=repr(entry.name))
                )
            else:
                found[entry.name] = take(entry, content)
    if manifest is None:
        raise InputError(Text("the backup is cut: its list of files is missing; use another one"))
    wrong = sorted(name for name, _ in found.items() ^ manifest.files.items())
    if wrong:
        raise InputError(
            Text("{name} is not as it was written: use another backup", name=repr(wrong[0]))
        )
    return manifest


@contextmanager
def _readable(file: BinaryIO) -> Iterator[tarfile.TarFile]:
    """Raises InputError for what is no such file, or ends early."""
    try:
        with tarfile.open(fileobj=file, mode="r|gz") as tar:
            yield tar
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise _not_whole(error) from None
    except OSError as error:
        if error.errno is not None:  # the disk's; gzip's own have none
            raise
        raise _not_whole(error) from None


def _not_whole(error: Exception) -> InputError:
    cause = str(error) or type(error).__name__
    return InputError(Text("no whole backup ({cause}); use another one", cause=cause))


def _is_inside(name: str) -> bool:
    """A plain relative name, on Windows too."""
    parts = name.split("/")
    return not any(part in ("", ".", "..") or set(part) & set("\\:\0") for part in parts)


def write_member(content: IO[bytes], path: Path, told: Told) -> str:
    """Write a file that is not there yet; its SHA-256. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("xb") as file:
        digest = read_member(content, told, file.write)
    path.chmod(0o600)
    return digest


def read_member(content: IO[bytes], told: Told, use: Callable[[bytes], object] = len) -> str:
    """Read a file to its end; its SHA-256. `use` is called with each part."""
    sha256 = hashlib.sha256()
    while part := content.read(CHUNK):
        sha256.update(part)
        use(part)
        told(len(part))
    return sha256.hexdigest()


def _manifest(text: bytes) -> Manifest:
    try:
        found = Manifest(**json.loads(text))
        if found.format > FORMAT:
            raise InputError(Text("the backup was made by a newer version; update the program"))
        return Manifest(
            int(found.made_at), int(found.schema), bool(found.secrets), files=dict(found.files)
        )
    except (ValueError, TypeError) as error:
        raise InputError(
            Text("the backup's list of files can't be read ({cause}); use another one", cause=error)
        ) from None
