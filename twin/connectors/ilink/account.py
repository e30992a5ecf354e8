"""The bot's login that is kept in the data folder, for the owner alone."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from storage.atomic_files import write_secret
from storage.errors import TwinError
from storage.texts import Text

FOLDER = "ilink"
LOGIN_COMMAND = "`bot.py ilink login`"


class Account(BaseModel):
    """Which bot, whose, and where. `token` is a secret.

    `ended`: WeChat refuses the token. It is kept nevertheless, since a new code of a bot whose
    token is lost may be refused for good.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    server: str = Field(pattern=r"^https?://[^\s/?#@]+$")
    bot_id: str = Field(min_length=1)
    owner_id: str = Field(min_length=1)
    token: str = Field(min_length=1, repr=False)
    ended: bool = False


def account_file(data: Path) -> Path:
    return data / FOLDER / "account.json"


def load_account(data: Path) -> Account | None:
    """The login; None where there is none. Raises TwinError for a file that can't be used."""
    path = account_file(data)
    try:
        return Account.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        cause = error.strerror if isinstance(error, OSError) else Text("it is not a login")
        raise TwinError(
            Text(
                "{path}: can't be used ({cause}); log in with {command}",
                path=path,
                cause=cause,
                command=LOGIN_COMMAND,
            )
        ) from None


def save_account(data: Path, account: Account) -> None:
    """Nobody but the owner can read it at any moment. Raises TwinError."""
    keep(account_file(data), account)


def end_account(data: Path, account: Account) -> None:
    """Note that WeChat refuses it, unless another login has taken its place. Raises TwinError."""
    if load_account(data) == account:
        save_account(data, account.model_copy(update={"ended": True}))


def keep(path: Path, content: BaseModel) -> None:
    """Write a file that holds a secret. Raises TwinError."""
    write_secret(path, content.model_dump_json(indent=1) + "\n")
