"""The Matrix login that is kept in the data folder, for the owner alone."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from storage.atomic_files import write_secret
from storage.errors import TwinError
from storage.texts import Text

FOLDER = "matrix"
LOGIN_COMMAND = "`bot.py matrix login`"


@dataclass(frozen=True, slots=True)
class Account:
    """Where, as whom and as which device the twin is logged in. `token` is a secret."""

    homeserver: str
    user_id: str
    device_id: str
    token: str = field(repr=False)


def account_file(data: Path) -> Path:
    return data / FOLDER / "account.json"


def load_account(data: Path) -> Account | None:
    """The login; None where there is none. Raises TwinError for a file that can't be read."""
    path = account_file(data)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        _refuse(path, error.strerror or type(error).__name__)
    except (ValueError, RecursionError):
        _refuse(path, Text("it is no JSON"))
    return Account(**kept) if _is_whole(kept) else _refuse(path, Text("it is not a login"))


def save_account(data: Path, account: Account) -> None:
    """Nobody but the owner can read it at any moment. Raises TwinError."""
    write_secret(account_file(data), json.dumps(asdict(account), indent=1) + "\n")


def _is_whole(kept: Any) -> bool:
    return (
        isinstance(kept, Mapping)
        and kept.keys() == set(Account.__slots__)
        and all(isinstance(value, str) and value for value in kept.values())
    )


def _refuse(path: Path, cause: str) -> NoReturn:
    raise TwinError(
        Text(
            "{path}: can't be used ({cause}); log in again with {command}",
            path=path,
            cause=cause,
            command=LOGIN_COMMAND,
        )
    )
