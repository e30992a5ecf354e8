"""The backups that lie in their folder: list them, find one, delete old ones."""

import re
import shutil
import time
from dataclasses import dataclass
from datetime import date, tzinfo
from pathlib import Path

from storage.errors import TwinError
from storage.texts import Text
from twin.backup.contents import SCRATCH, SUFFIX, backups_folder
from twin.clock import local_time
from twin.config.schema import Config

_NIGHTLY = re.compile(r"nightly-\d{4}-\d\d-\d\d\.backup")
_LEFT_OVER = re.compile(rf"\.{SCRATCH}-[0-9a-f]{{8}}")  # as `scratch_folder` calls them
LEFT_OVER_S = 24 * 3600.0  # no backup takes so long


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup. `made_at` in UTC milliseconds."""

    name: str
    bytes: int
    made_at: int


def nightly_name(night: date) -> str:
    return f"nightly-{night.isoformat()}{SUFFIX}"


def hand_made_name(now: int, zone: tzinfo) -> str:
    """`now` in UTC milliseconds; the name is by the clocks of the zone."""
    return f"twin-{local_time(now, zone):%Y-%m-%d-%H%M%S}{SUFFIX}"


def kept_backups(config: Config) -> list[Kept]:
    """The newest first. Raises TwinError for a folder that can't be read."""
    folder = backups_folder(config)
    try:
        files = [path for path in folder.iterdir() if _is_backup(path)] if folder.exists() else []
        about = [(path.name, path.stat()) for path in files]
    except OSError as error:
        raise TwinError(
            Text(
                "{path}: can't be read ({cause}); correct [backup] folder",
                path=folder,
                cause=error.strerror,
            )
        ) from error
    found = [Kept(name, one.st_size, one.st_mtime_ns // 1_000_000) for name, one in about]
    return sorted(found, key=lambda one: (one.made_at, one.name), reverse=True)


def find_backup(config: Config, name: str) -> Path | None:
    """The file of that name, if it is one of the backups. Raises as `kept_backups` does."""
    is_there = any(one.name == name for one in kept_backups(config))
    return backups_folder(config) / name if is_there else None


def delete_backup(config: Config, name: str) -> None:
    """Raises TwinError; one that is gone already is fine."""
    path = find_backup(config, name)
    try:
        if path is not None:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise TwinError(
            Text(
                "{path}: can't be deleted ({cause}); check its permissions",
                path=path,
                cause=error.strerror,
            )
        ) from error


def delete_old(config: Config, made: str) -> None:
    """Of those of the nights all but the newest; and what killed processes left.

    `made`: the one that was just made, which stays whatever the clock says of the others. Raises
    TwinError.
    """
    folder = backups_folder(config)
    names = [one.name for one in kept_backups(config)]
    others = [name for name in names if _NIGHTLY.fullmatch(name) and name != made]
    try:
        for name in others[max(0, config.backup.keep - 1) :]:
            (folder / name).unlink(missing_ok=True)
        for path in folder.iterdir():
            is_left_over = _LEFT_OVER.fullmatch(path.name) is not None
            if is_left_over and time.time() - path.stat().st_mtime > LEFT_OVER_S:
                shutil.rmtree(path, ignore_errors=True)
    except OSError as error:
        raise TwinError(
            Text(
                "{path}: old backups can't be deleted ({cause}); check its permissions",
                path=error.filename,
                cause=error.strerror,
            )
        ) from error


def _is_backup(path: Path) -> bool:
    return path.suffix == SUFFIX and path.is_file() and not path.is_symlink()
