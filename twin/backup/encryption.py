"""Encrypt a file with a passphrase, so that the age program opens it too (age-encryption.org/v1).

A tar of two members: `key.age`, a key that was made for this file and is encrypted with the
passphrase, and `backup.tar.gz.age`, which that key opens. age itself takes a passphrase only for
what fits into memory.
"""

import io
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import IO, BinaryIO

import pyrage
from pyrage import passphrase as age_passphrase
from pyrage import x25519

from storage.errors import InputError
from storage.texts import Text
from twin.backup.archive import CHUNK

KEY, CONTENT = "key.age", "backup.tar.gz.age"
KEY_BYTES = 10_000


def encrypt(plain: Path, scratch: Path, target: BinaryIO, passphrase: str) -> None:
    """Write the encrypted file. Raises OSError.

    `scratch` is a file for the time of it; `plain` is deleted as soon as it is not needed.
    """
    identity = x25519.Identity.generate()
    key = age_passphrase.encrypt(str(identity).encode(), passphrase)
    with plain.open("rb") as source, scratch.open("wb") as sealed:
        pyrage.encrypt_io(source, sealed, [identity.to_public()])
    plain.unlink()
    with tarfile.open(fileobj=target, mode="w") as tar:
        entry = tarfile.TarInfo(KEY)
        entry.size = len(key)
        tar.addfile(entry, io.BytesIO(key))
        with scratch.open("rb") as sealed:
            content = tarfile.TarInfo(CONTENT)
            content.size = scratch.stat().st_size
            tar.addfile(content, sealed)


def is_encrypted(file: Path) -> bool:
    """Whether it begins as `encrypt` does. Raises InputError for what is no readable file."""
    try:
        if not file.is_file():
            raise InputError(Text("{path}: no such file", path=file))
        with file.open("rb") as opened:
            return opened.read(len(KEY)) == KEY.encode()
    except OSError as error:
        raise InputError(
            Text(
                "{path}: can't be read ({cause}); check the path and its permissions",
                path=file,
                cause=error.strerror,
            )
        ) from error


@contextmanager
def decrypted(file: Path, passphrase: str) -> Iterator[BinaryIO]:
    """The plain content, which is decrypted while it is read: it takes no room.

    Raises InputError for another passphrase and for a file that is cut or altered.
    """
    try:
        with tarfile.open(file, mode="r:") as tar:
            key, content = tar.extractfile(KEY), tar.extractfile(CONTENT)
            assert key is not None
            assert content is not None
            try:
                told = age_passphrase.decrypt(key.read(KEY_BYTES), passphrase).decode()
            except (pyrage.DecryptError, ValueError):
                raise InputError(Text("{path}: the passphrase is another one", path=file)) from None
            with _piped(lambda target: _decrypt(content, target, told)) as plain:
                yield plain
    except (tarfile.TarError, KeyError, ValueError) as error:
        raise InputError(
            Text("{path}: no whole backup ({cause}); use another one", path=file, cause=error)
        ) from None


@contextmanager
def _piped(write: Callable[[BinaryIO], None]) -> Iterator[BinaryIO]:
    """What `write` writes, to be read meanwhile; to its end, where the block ends well.

    Raises what `write` raises, instead of what its early end led to.
    """
    reading, writing = os.pipe()
    failed: list[Exception] = []

    def run() -> None:
        with suppress(BrokenPipeError), os.fdopen(writing, "wb") as target:
            try:
                write(target)
            except Exception as error:  # boundary: a thread's; whoever reads raises it
                failed.append(error)

    writer = Thread(target=run, daemon=True)
    writer.start()
    causes: list[Exception] = []
    try:
        with os.fdopen(reading, "rb") as source:
            try:
                yield source
                while source.read(CHUNK):
                    pass
            finally:
                causes = failed.copy()  # what comes later is of a pipe that is closed
    finally:
        writer.join()
        if causes:
            raise causes[0]


def _decrypt(sealed: IO[bytes], plain: BinaryIO, key: str) -> None:
    """Raises ValueError for what is cut or altered, and OSError of the disk."""
    try:
        pyrage.decrypt_io(sealed, plain, [x25519.Identity.from_str(key)])
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise ValueError(str(error)) from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise ValueError(str(error)) from None  # the library tells an altered part like this
