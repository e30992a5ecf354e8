"""Make a backup, also while the bot runs and writes."""

import errno
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from storage.atomic_files import scratch_folder, sync, write_text
from storage.database import now_ms, reading
from storage.database_file import DatabaseFailure, failure_of
from storage.errors import InputError, TwinError
from storage.reasons import ErrorReason
from storage.texts import Text
from twin.backup.archive import Manifest, Told, Writer
from twin.backup.contents import (
    SCRATCH,
    SETTINGS,
    backups_folder,
    bytes_to_keep,
    database_bytes,
    files_to_keep,
)
from twin.backup.encryption import encrypt
from twin.backup.settings import without_tokens
from twin.config.schema import DATABASE_NAME, Config

MB = 10**6
PAGES_AT_ONCE = 2_000  # between them the bot may write


def make_backup(
    config: Config, target: Path, *, passphrase: str | None, secrets: bool, told: Told
) -> Manifest:
    """Write all of the twin into `target`, which is whole or not there.

    `passphrase`: None leaves it readable to whoever has the file. `secrets` with it alone.
    Raises InputError where `target` exists or lies in the data folder, and TwinError when the
    database or the disk fails.
    """
    if secrets and passphrase is None:
        raise InputError(Text("the accounts' secrets are kept with a passphrase alone; give one"))
    try:
        if target.exists():
            raise InputError(Text("{path}: exists already; give another name", path=target))
        if _is_data(config, target):
            raise InputError(
                Text("{path}: lies in the data folder that it is of; choose another", path=target)
            )
        return _make(config, target, passphrase, secrets, told)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _no_room(config, target, secrets=secrets) from error
        raise TwinError(
            Text(
                "{path}: can't be written ({cause}); make room, or choose another folder",
                path=target,
                cause=error.strerror or error,
            )
        ) from error


def _is_data(config: Config, target: Path) -> bool:
    """Whether it would be a part of the next backup."""
    folder = target.parent.resolve()
    return folder != backups_folder(config) and folder.is_relative_to(config.data.resolve())


def _make(
    config: Config, target: Path, passphrase: str | None, secrets: bool, told: Told
) -> Manifest:
    with scratch_folder(target.parent, SCRATCH) as scratch:
        database, plain = scratch / DATABASE_NAME, scratch / "plain"
        if shutil.disk_usage(scratch).free < database_bytes(config):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        schema = copy_database(config.database, database)
        manifest = Manifest(now_ms(), schema, secrets)
        with plain.open("xb") as file:
            _fill(Writer(file, manifest, told), config, database, secrets)
        if passphrase is not None:
            whole = scratch / "whole"
            with whole.open("xb") as file:
                encrypt(plain, scratch / "sealed", file, passphrase)
            plain = whole
        sync(plain)
        plain.rename(target)
    return manifest


def _fill(writer: Writer, config: Config, database: Path, secrets: bool) -> None:
    writer.add(DATABASE_NAME, database)
    database.unlink()  # it takes as much room as all the rest
    if config.path.is_file():
        settings = config.path
        if not secrets:
            settings = database.with_name(SETTINGS)
            write_text(settings, without_tokens(config.path), mode=0o600)
        writer.add(SETTINGS, settings)
    for name, path in files_to_keep(config, secrets=secrets):
        try:
            writer.add(name, path)
        except FileNotFoundError:
            continue  # an old adapter or report that was removed meanwhile
    writer.close()


def _no_room(config: Config, target: Path, *, secrets: bool) -> TwinError:
    folder = next(one for one in target.parents if one.exists())
    # The copy of the database beside the file, or the file as it is and encrypted.
    most = 2 * bytes_to_keep(config, secrets=secrets)
    return TwinError(
        Text(
            "{folder}: no room for the backup: it takes up to {need} MB while it is made, and "
            "{free} MB are free there; make room, or choose another folder",
            folder=folder,
            need=-(-most // MB),
            free=shutil.disk_usage(folder).free // MB,
        )
    )


def copy_database(source: Path, target: Path) -> int:
    """A copy of one moment, by SQLite's backup API; its schema's number.

    Raises OSError where the disk of `target` is full, and TwinError, also for a damaged database:
    its copy must not take the place of a good one.
    """
    try:
        if not os.access(source.parent, os.W_OK):
            return _copy(_copied(source, target.parent), target)
        try:
            return _copy(source, target)
        except sqlite3.Error as error:
            if _kind(error, target) is ErrorReason.DISK_FULL:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            if _kind(error, source) is not ErrorReason.DISK_FULL:
                raise
            target.unlink(missing_ok=True)
            return _copy(_copied(source, target.parent), target)
    except sqlite3.Error as error:
        if (known := failure_of(error, source)) and known.kind is ErrorReason.DATABASE_DAMAGED:
            raise known from error
        raise TwinError(
            Text(
                "{path}: can't be copied to {folder} ({cause}); see `bot.py doctor`, and check the "
                "disks of both",
                path=source,
                folder=target.parent.parent,
                cause=error,
            )
        ) from error


def _kind(error: sqlite3.Error, path: Path) -> ErrorReason | None:
    known = failure_of(error, path)
    return known.kind if known else None


def _copy(source: Path, target: Path) -> int:
    with reading(source) as db, closing(sqlite3.connect(target)) as copy:
        db.conn.backup(copy, pages=PAGES_AT_ONCE)
        copy.execute("PRAGMA journal_mode = DELETE")
        if copy.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise DatabaseFailure(source, ErrorReason.DATABASE_DAMAGED)
        return int(copy.execute("PRAGMA user_version").fetchone()[0])


def _copied(source: Path, scratch: Path) -> Path:
    """A copy of its files, from where nothing can be written: a failing disk, or a full one.

    There SQLite can't read one that has a WAL, and nobody changes it.
    """
    copied = scratch / "read-only.db"
    for end in ("", "-wal"):
        part = source.with_name(source.name + end)
        if part.exists():
            shutil.copyfile(part, copied.with_name(copied.name + end))
    return copied
