"""What belongs in a backup: all of the data folder but what is made again, and the settings."""

from collections.abc import Iterator
from pathlib import Path

from twin.config.schema import DATABASE_NAME, Config
from twin.connectors.base import connector_folders
from twin.places import SERVICE_SECRETS
from twin.push import FOLDER as PUSH

# Made again from the rest, fetched again, or of one process.
MADE_AGAIN = frozenset(
    {
        "models",
        "compiled",
        "runs",
        "kept-scores.json",  # of one night, on one machine
        "loop-lag.json",
        "connection-errors.json",
    }
)
OF_A_PROCESS = (".lock", ".pid")
PASSWORD = "owner.password"
SETTINGS = "config.toml"  # under this name, whatever the file is called
SUFFIX = ".backup"
SCRATCH = "backup"  # what a killed process leaves beside a backup is `.backup-…`


def backups_folder(config: Config) -> Path:
    """Where the backups of the nights and of the pages are."""
    return config.beside(config.backup.folder).resolve()


def files_to_keep(config: Config, *, secrets: bool) -> Iterator[tuple[str, Path]]:
    """(name in the backup, file) of each file beside the database, in a fixed order.

    Names are relative to the data folder, with `/`. Links are left out: what they name is not the
    twin's, and so are other backups. `secrets`: the accounts of the connections, the password of
    the pages, the key of the notifications, the passphrase of the backups and the settings before a
    restore, which may hold tokens, too.
    """
    backups = backups_folder(config)
    passphrase = config.beside(config.backup.passphrase_file).resolve()
    own_secrets = (passphrase, settings_before(config.path))
    for path in sorted(config.data.rglob("*")):
        name = path.relative_to(config.data).as_posix()
        is_settings = name == SETTINGS or path == config.path
        if path.is_symlink() or not path.is_file() or is_settings:
            continue
        if path.is_relative_to(backups) and _belongs_to_one(path.relative_to(backups)):
            continue
        if not is_left_out(name) and (secrets or not (is_secret(name) or path in own_secrets)):
            yield name, path


def bytes_to_keep(config: Config, *, secrets: bool) -> int:
    """How large all of it is, as it lies there."""
    beside = (path for _, path in files_to_keep(config, secrets=secrets))
    return database_bytes(config) + sum(map(_size, beside))


def database_bytes(config: Config) -> int:
    """With what is not in its file yet."""
    return sum(_size(config.database.with_name(DATABASE_NAME + end)) for end in ("", "-wal"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # it was removed meanwhile


def settings_before(settings: Path) -> Path:
    """Where those are that a restore replaced."""
    return settings.with_name(f"{settings.name}.before")


def _belongs_to_one(path: Path) -> bool:
    """To a backup that is whole, or being made; `path` within the folder of backups."""
    whole = path.suffix == SUFFIX and len(path.parts) == 1
    return whole or path.parts[0].startswith(f".{SCRATCH}-")


def is_left_out(name: str) -> bool:
    """Whether a file of the data folder is not kept, whatever the owner chose."""
    first, *_ = name.split("/")
    return (
        first in MADE_AGAIN
        or (first == "adapters" and name.endswith(".gguf"))
        or first.startswith((DATABASE_NAME, "."))
        or first.endswith(OF_A_PROCESS)
    )


def is_secret(name: str) -> bool:
    """Whether a file lets whoever has it act as the owner."""
    first, *_ = name.split("/")
    return first in (PASSWORD, PUSH, SERVICE_SECRETS) or first in {
        folder.name for folder in connector_folders()
    }
