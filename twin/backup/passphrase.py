"""The passphrase that this machine has for its backups: in the environment or a file of its own."""

import os

from storage.atomic_files import others_can_read
from storage.errors import InputError
from storage.texts import Text
from storage.values import encodable
from twin.config.schema import Config

VARIABLE = "TWIN_BACKUP_PASSPHRASE"
SHORTEST = 8


def machine_passphrase(config: Config) -> str | None:
    """None where none is set up. Raises InputError for a short one, and for an unsafe file."""
    given = os.environ.get(VARIABLE) or _in_file(config)
    return given if given is None else usable(given)


def usable(passphrase: str) -> str:
    """The same. Raises InputError for a short one, and for bytes that are no text."""
    if encodable(passphrase) != passphrase:
        raise InputError(Text("the passphrase is not in UTF-8; choose another"))
    if len(passphrase) < SHORTEST:
        raise InputError(
            Text("the passphrase is shorter than {n} characters; choose a longer", n=SHORTEST)
        )
    return passphrase


def _in_file(config: Config) -> str | None:
    if not config.backup.passphrase_file:
        return None
    path = config.beside(config.backup.passphrase_file)
    try:
        if others_can_read(path):
            raise InputError(
                Text("{path}: others can read the passphrase; `chmod 600` it", path=path)
            )
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or "not UTF-8"
        raise InputError(
            Text(
                "{path}: the passphrase can't be read ({cause}); correct [backup] passphrase_file",
                path=path,
                cause=cause,
            )
        ) from None
    return lines[0] if lines else ""
