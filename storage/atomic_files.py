"""Write files and folders that are complete or not there, also after a power cut."""

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from storage.errors import TwinError
from storage.texts import Text

# The umask of every process of ours: nobody else on this machine reads chats, pictures, reports.
OWNER_ONLY = 0o077


def others_can_read(path: Path) -> bool:
    """False too where there is none, and on Windows, which knows no such modes. Raises OSError."""
    return os.name == "posix" and path.exists() and bool(path.stat().st_mode & OWNER_ONLY)


def write_bytes(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Replace the file, or leave it as it was. Raises OSError.

    Without a mode the file gets the one that the umask allows; with 0o600 nobody else can read it
    at any moment.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    first_mode = 0o666 if mode is None else mode & 0o600
    try:
        with open(
            scratch, "xb", opener=lambda name, flags: os.open(name, flags, first_mode)
        ) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            scratch.chmod(mode)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def write_text(path: Path, text: str, *, mode: int | None = None) -> None:
    """As write_bytes, in UTF-8 and with line feeds as they are."""
    write_bytes(path, text.encode("utf-8"), mode=mode)


def write_secret(path: Path, text: str) -> None:
    """Nobody but the owner can read it at any moment. Raises TwinError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_text(path, text, mode=0o600)
    except OSError as error:
        raise TwinError(
            Text(
                "{path}: can't be written ({cause}); make the folder writable",
                path=path,
                cause=error.strerror,
            )
        ) from error


def write_json(path: Path, content: Any, *, ascii_only: bool = False) -> None:
    """Raises TwinError. `ascii_only` for readers that open files in their machine's encoding."""
    text = json.dumps(content, ensure_ascii=ascii_only, indent=1) + "\n"
    try:
        write_text(path, text)
    except OSError as error:
        raise TwinError(f"{path}: can't be written ({error.strerror}); choose another") from error


@contextmanager
def replaced_folder(folder: Path, *, mode: int = 0o777) -> Iterator[Path]:
    """An empty folder to fill, which takes the place of `folder` when the block ends well.

    Where the block raises, `folder` stays as it was. Raises OSError. A killed process leaves
    `.NAME.tmp`, or the folder as it was before under `.NAME.old`.
    """
    scratch, aside = (folder.with_name(f".{folder.name}.{end}") for end in ("tmp", "old"))
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch.mkdir(mode=mode)
        yield scratch
        for path in scratch.iterdir():
            sync(path)
        # No rename replaces a folder that has files, so the old one steps aside first.
        shutil.rmtree(aside, ignore_errors=True)
        if folder.exists():
            folder.rename(aside)
        scratch.rename(folder)
        sync(folder.parent)
        shutil.rmtree(aside, ignore_errors=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def scratch_folder(beside: Path, what: str) -> Iterator[Path]:
    """A folder for the time of the block, in `beside`. A killed process leaves `.WHAT-…` there.

    `beside` is made where it is missing, and goes again if nothing came into it. Raises OSError.
    """
    made = [one for one in (beside, *beside.parents) if not one.exists()]
    folder = beside / f".{what}-{secrets.token_hex(4)}"
    try:
        for one in (*reversed(made), folder):
            one.mkdir(mode=0o700, exist_ok=one != folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # what came into it stays
            for one in made:
                one.rmdir()


def sync(path: Path) -> None:
    """What was written to a file or a folder is on the disk. Raises OSError.

    A rename that is there before the data it names would leave an empty file.
    """
    if path.is_dir() and os.name != "posix":
        return  # Windows can't open folders
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
