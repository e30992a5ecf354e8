"""Find the files that messages name: in the export's own folder or archive, and nowhere else."""

import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple
from unicodedata import normalize
from urllib.parse import unquote

from storage.importers.file import ExportFile
from storage.importers.raw_files.source import Source

_LONGEST = 1000
_HASH = re.compile(r"[0-9a-f]{64}")
_ABSOLUTE = re.compile(r"(?:[A-Za-z]:|~)?/")
# A link, a pipe or a device in a file's place is not followed, waited for or read.
_PLAIN_ONLY = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
Parts = tuple[str, ...]
Archive = object


class Attached(NamedTuple):
    """A file of the export. `size` in bytes."""

    source: Source
    size: int

    def open(self) -> IO[bytes]:
        """Raises OSError or InputError where it can't be read, and for what is no plain file."""
        if self.source.archive is not None:
            return self.source.open()
        descriptor = os.open(self.source.file, _PLAIN_ONLY)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not a plain file")
        return os.fdopen(descriptor, "rb")


class _Folder(NamedTuple):
    """What lies in it, by the name that is the same for all."""

    files: dict[str, str]
    folders: dict[str, str]


class AttachedFiles:
    """Knows what lies in the folders and archives that it has looked into."""

    def __init__(self) -> None:
        self._folders: dict[tuple[Path, Path], _Folder] = {}
        self._archives: dict[Archive, dict[str, str]] = {}

    def find(self, file: ExportFile, named: str) -> Attached | None:
        """What a message of the export calls so; None where no such file comes with it.

        A path counts from the export's folder, or from one above it within what was imported.
        """
        source = file.source
        inside = source.archive is not None and source.member is not None
        base = _archived(source) if inside else _below(file)
        own = base[-1] if base else "" if inside else source.file.absolute().parent.name
        for place in _places(base, own, named):
            found = self._member(source, place) if inside else self._plain(file.root, place)
            if found is not None:
                return found
        return None

    def _member(self, source: Source, place: Parts) -> Attached | None:
        archive = source.archive
        assert archive is not None
        if archive not in self._archives:
            self._archives[archive] = {
                path: name
                for name in archive.names
                for path in _known_as("/".join(_parts(archive.shown(name))))
            }
        member = self._archives[archive].get(_same_for_all("/".join(place)))
        if member is None:
            return None
        return Attached(Source(source.file, member, archive), archive.sizes[member])

    def _plain(self, root: Path, place: Parts) -> Attached | None:
        folder = root
        for part in place[:-1]:
            inner = self._listed(root, folder).folders.get(_same_for_all(part))
            if inner is None:
                return None
            folder /= inner
        name = self._listed(root, folder).files.get(_same_for_all(place[-1]))
        if name is None:
            return None
        path = folder / name
        try:
            return Attached(Source(path), path.lstat().st_size)
        except OSError:
            return None  # it was removed meanwhile

    def _listed(self, root: Path, folder: Path) -> _Folder:
        if (root, folder) not in self._folders:
            self._folders[root, folder] = _listing(root, folder)
        return self._folders[root, folder]


def _listing(root: Path, folder: Path) -> _Folder:
    """Without files that are links; empty where a link leads out of the export."""
    found = _Folder({}, {})
    try:
        if not folder.resolve().is_relative_to(root.resolve()):
            return found
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    found.files.update((name, entry.name) for name in _known_as(entry.name))
                elif entry.is_dir():
                    found.folders[_same_for_all(entry.name)] = entry.name
    except (OSError, RuntimeError):
        pass  # there is no such folder, or links go round in a circle
    return found


def _archived(source: Source) -> Parts:
    """The folder of an archive that the export lies in."""
    shown = source.archive.shown(source.member or "") if source.archive else ""
    return _parts(shown)[:-1]


def _below(file: ExportFile) -> Parts:
    """The folder that the export lies in, from the one that was named."""
    folder, root = file.source.file.absolute().parent, file.root.absolute()
    return folder.relative_to(root).parts if folder.is_relative_to(root) else ()


def _known_as(path: str) -> list[str]:
    """The path, and without its ending where that hardly names another file."""
    whole = _same_for_all(path)
    stem = whole.rpartition(".")[0]
    return [whole, stem] if _HASH.fullmatch(stem.rpartition("/")[2]) else [whole]


def _same_for_all(name: str) -> str:
    """Macs write é as two signs, and all others as one."""
    return name if name.isascii() else normalize("NFC", name)


def _places(base: Parts, own: str, named: str) -> Iterator[Parts]:
    """Where the file may lie, from the root. Never above it. `own`: the export's folder's name."""
    if not named or len(named) > _LONGEST:
        return
    for written in dict.fromkeys((named, unquote(named))):
        if "\0" in written:
            continue
        parts = _parts(written)
        if parts and not _ABSOLUTE.match(written.replace("\\", "/")):
            # A bare name is that of a file beside the export.
            for depth in range(len(base), -1 if len(parts) > 1 else len(base) - 1, -1):
                yield from _within(base[:depth], parts)
        # Of a part of an export, whose paths count from a folder that is not there.
        for behind, folder in enumerate(parts[:-1], 1):
            if _same_for_all(folder) == _same_for_all(own):
                yield from _within(base, parts[behind:])


def _parts(path: str) -> Parts:
    return tuple(part for part in path.replace("\\", "/").split("/") if part not in ("", "."))


def _within(base: Parts, parts: Parts) -> Iterator[Parts]:
    """The path with its ".." followed, if it stays inside and leads to a file."""
    found = list(base)
    for part in parts:
        if part != "..":
            found.append(part)
        elif found:
            found.pop()
        else:
            return
    if found and parts[-1] != "..":
        yield tuple(found)
