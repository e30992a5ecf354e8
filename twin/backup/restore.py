"""Restore a backup where no twin is, all of it or nothing."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tarfile import TarInfo
from typing import IO, BinaryIO

import tomlkit

from storage.atomic_files import scratch_folder, write_text
from storage.database import check_whole, open_database
from storage.errors import InputError, TwinError
from storage.texts import Text
from twin.backup.archive import Manifest, Told, read_member, read_members, write_member
from twin.backup.contents import SETTINGS, settings_before
from twin.backup.encryption import decrypted
from twin.config.load import parse_config
from twin.config.schema import DATABASE_NAME
from twin.language import N_

SCRATCH = "restore"
MB = 10**6
_NO_ROOM = N_(
    "{folder}: no room for {name}: it takes {need} MB, and {free} MB are free there; make room, or "
    "give --config FILE in a folder on another disk"
)
_NO_TEMPORARY_ROOM = N_(
    "{folder}: no room for {name}: it takes {need} MB, and {free} MB are free there; make room, or "
    "name another folder for temporary files in TMPDIR"
)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds. `made_at` in UTC milliseconds; `secrets`: the accounts' logins too."""

    made_at: int
    secrets: bool
    messages: int
    chats: int
    adapters: int


@dataclass(frozen=True, slots=True)
class Restored(Contents):
    """Where it is now. `settings_before`: where the settings are now that were there."""

    data: Path
    settings: Path
    settings_before: Path | None


def restore(file: Path, settings: Path, passphrase: str | None, told: Told) -> Restored:
    """Put the twin of the backup where `settings` is, or is to be; older ones are brought up.

    Raises InputError for a file that is no whole backup or of a newer program, and where a data
    folder is not empty; TwinError when the disk fails. Nothing is changed then.
    """
    with (
        _disk_errors(file),
        scratch_folder(settings.parent.resolve(), SCRATCH) as scratch,
        _opened(file, passphrase) as content,
    ):
        folder = scratch / "data"
        folder.mkdir(mode=0o700)

        def take(entry: TarInfo, member: IO[bytes]) -> str:
            _check_room_for(entry, settings.parent, _NO_ROOM)
            return write_member(member, folder / entry.name, told)

        return _put(read_members(content, take), folder, settings)


def check(file: Path, passphrase: str | None, told: Told) -> Contents:
    """Read all of it, the database and settings as `restore` does, and put nothing anywhere.

    The database alone is unpacked, into the folder for temporary files. Raises as `restore` does.
    """
    with (
        _disk_errors(file),
        tempfile.TemporaryDirectory() as scratch,
        _opened(file, passphrase) as content,
    ):
        folder = Path(scratch)

        def take(entry: TarInfo, member: IO[bytes]) -> str:
            if entry.name not in (DATABASE_NAME, SETTINGS):
                return read_member(member, told)
            _check_room_for(entry, folder.parent, _NO_TEMPORARY_ROOM)
            return write_member(member, folder / entry.name, told)

        manifest = read_members(content, take)
        _settings_text(folder / SETTINGS, folder / SETTINGS)
        return Contents(manifest.made_at, manifest.secrets, *_counts(folder / DATABASE_NAME))


@contextmanager
def _disk_errors(file: Path) -> Iterator[None]:
    """Raises TwinError for an OSError of the block."""
    try:
        yield
    except OSError as error:
        raise TwinError(
            Text(
                "{path}: {cause}; check the folder and the disk",
                path=error.filename or file,
                cause=error.strerror or error,
            )
        ) from error


def _check_room_for(entry: TarInfo, folder: Path, told: str) -> None:
    """Before it is written: the database comes first and is the largest. Raises TwinError."""
    free = shutil.disk_usage(folder).free
    if entry.size > free:
        raise TwinError(
            Text(
                told,
                folder=folder,
                name=entry.name,
                need=-(-entry.size // MB),
                free=free // MB,
            )
        )


def _put(manifest: Manifest, folder: Path, settings: Path) -> Restored:
    counts = _counts(folder / DATABASE_NAME)
    text = _settings_text(folder / SETTINGS, settings)
    data = parse_config(text, settings).data if text is not None else settings.parent / "data"
    _check_empty(data, {settings.resolve(), folder.parent})
    (folder / SETTINGS).unlink(missing_ok=True)
    # The data folder may be another disk's: what can fail is done before anything has its name.
    with scratch_folder(data, SCRATCH) as near:
        for path in list(folder.iterdir()):
            shutil.move(path, near / path.name)
        before = _put_settings(text, settings) if text is not None else None
        # The database last: without it there is no twin yet.
        for path in sorted(near.iterdir(), key=lambda path: path.name == DATABASE_NAME):
            path.rename(data / path.name)
    return Restored(manifest.made_at, manifest.secrets, *counts, data, settings, before)


def _counts(database: Path) -> tuple[int, int, int]:
    """Messages, chats and adapters, of the newest schema and read as a whole."""
    if not database.is_file():
        raise InputError(Text("the backup holds no database; use another one"))
    db = open_database(database, create=False)
    try:
        check_whole(db)
        tables = ("messages", "chats", "adapters")
        counts = [db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in tables]
        db.execute("PRAGMA journal_mode = DELETE")  # nothing beside the file
    finally:
        db.close()
    return counts[0], counts[1], counts[2]


def _settings_text(file: Path, settings: Path) -> str | None:
    """The settings for their new place: a data folder elsewhere becomes one beside them."""
    if not file.is_file():
        return None
    text = file.read_text(encoding="utf-8-sig")
    if parse_config(text, settings).data.is_relative_to(settings.parent.resolve()):
        return text
    document = tomlkit.parse(text)
    document["paths"]["data"] = "data"
    return tomlkit.dumps(document)


def _check_empty(data: Path, besides: set[Path]) -> None:
    if data.exists() and (not data.is_dir() or {*data.iterdir()} - besides):
        raise InputError(
            Text(
                "{path}: is not empty; move it away, or give --config FILE in a new folder",
                path=data,
            )
        )


def _put_settings(text: str, settings: Path) -> Path | None:
    if not settings.exists() or settings.read_bytes() == text.encode():
        write_text(settings, text, mode=0o600)
        return None
    before = settings_before(settings)
    shutil.copy2(settings, before)
    write_text(settings, text, mode=0o600)
    return before


@contextmanager
def _opened(file: Path, passphrase: str | None) -> Iterator[BinaryIO]:
    if passphrase is not None:
        with decrypted(file, passphrase) as content:
            yield content
        return
    with file.open("rb") as content:
        yield content
