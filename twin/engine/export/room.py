"""Room on the disk, looked for before much is written, and what is said where nothing can be."""

import shutil
from pathlib import Path

from storage.errors import InputError, TwinError
from storage.texts import Text

_SPARE_BYTES = 50_000_000  # the log goes on being written


def check_room(folder: Path, needed: int) -> None:
    """Raises InputError where the disk has less than `needed` bytes free. `folder` may be new."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.is_dir())
    free = shutil.disk_usage(there).free
    if free < needed + _SPARE_BYTES:
        raise InputError(
            Text(
                "{folder}: {needed} GB are needed, and {free} GB are free; free some, or name "
                "another disk",
                folder=folder,
                needed=f"{(needed + _SPARE_BYTES) / 1e9:.2f}",
                free=f"{free / 1e9:.2f}",
            )
        )


def cant_write(path: Path, error: OSError) -> TwinError:
    """The error to raise where a file or folder could not be written."""
    return TwinError(
        Text(
            "{path}: can't be written ({cause}); name another place, or free some of the disk",
            path=path,
            cause=error.strerror or error,
        )
    )
