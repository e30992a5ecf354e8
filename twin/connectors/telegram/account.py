"""The bot's token and its connection to the owner, kept in the data folder for the owner alone."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from storage.atomic_files import write_secret
from storage.errors import TwinError
from storage.texts import Text

if TYPE_CHECKING:  # takes long to load, and the doctor needs none of it
    from telegram import BusinessConnection

TOKEN_VARIABLE = "TWIN_TELEGRAM_TOKEN"
CONNECT = "`bot.py telegram connect`"
NOT_CONNECTED = Text("the bot is not connected to your account")
ADD_IT = Text(
    "add it in Telegram under Settings → Chat Automation; {command} shows how", command=CONNECT
)
MAY_NOT = Text("the bot may not answer")
ALLOW_IT = Text("allow it to reply to messages in Telegram under Settings → Chat Automation")
_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{10,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Connection:
    """What Telegram told of the owner's connection to their bot.

    id: what every answer in the owner's name needs. is_enabled: not once they removed the bot.
    chat_id: of the owner's chat with the bot. since: UTC seconds.
    """

    bot_id: int
    id: str
    owner_id: int
    owner_name: str
    chat_id: int
    since: int
    is_enabled: bool
    can_reply: bool
    can_read: bool

    @property
    def problem(self) -> tuple[Text, Text] | None:
        """Why the twin can't answer through it, and what to do."""
        if not self.is_enabled:
            return NOT_CONNECTED, ADD_IT
        return None if self.can_reply else (MAY_NOT, ALLOW_IT)


def connection_of(bot_id: int, told: "BusinessConnection") -> Connection:
    """As Telegram tells it."""
    rights = told.rights
    return Connection(
        bot_id=bot_id,
        id=told.id,
        owner_id=told.user.id,
        owner_name=told.user.full_name or str(told.user.id),
        chat_id=told.user_chat_id,
        since=int(told.date.timestamp()),
        is_enabled=told.is_enabled,
        can_reply=bool(rights and rights.can_reply),
        can_read=bool(rights and rights.can_read_messages),
    )


def token_file(data: Path) -> Path:
    return data / "telegram" / "token"


def connection_file(data: Path) -> Path:
    return data / "telegram" / "connection.json"


def is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def find_token(data: Path) -> str | None:
    """The token; the environment's goes before the kept one. Raises TwinError for what is none."""
    path, given = token_file(data), os.environ.get(TOKEN_VARIABLE, "").strip()
    if given and not is_token(given):
        raise TwinError(
            Text(
                "{name}: not a token, which looks like 123456:ABC-def; copy it from @BotFather",
                name=TOKEN_VARIABLE,
            )
        )
    kept = "" if given else _read(path).strip()
    if kept and not is_token(kept):
        _refuse(path, Text("it holds no token"))
    return given or kept or None


def save_token(data: Path, token: str) -> None:
    write_secret(token_file(data), token + "\n")


def load_connection(data: Path, bot_id: int | None = None) -> Connection | None:
    """What is known of the connection, of that bot where one is given. Raises TwinError."""
    path = connection_file(data)
    if not path.exists():
        return None
    try:
        kept = json.loads(_read(path))
    except (ValueError, RecursionError):
        _refuse(path, Text("it is no JSON"))
    if not isinstance(kept, dict) or {name: type(value) for name, value in kept.items()} != {
        one.name: one.type for one in fields(Connection)
    }:
        _refuse(path, Text("it is no connection"))
    found = Connection(**kept)
    return found if bot_id in (None, found.bot_id) else None


def save_connection(data: Path, connection: Connection) -> None:
    write_secret(connection_file(data), json.dumps(asdict(connection), indent=1) + "\n")


def forget_account(data: Path) -> bool:
    """Delete token and connection; whether there was one."""
    paths = (token_file(data), connection_file(data))
    found = [path for path in paths if path.exists()]
    for path in found:
        path.unlink(missing_ok=True)
    return bool(found)


def problems(data: Path) -> Iterator[tuple[str, str]]:
    """What is wrong, and the remedy, as far as the data folder shows."""
    try:
        if find_token(data) is None:
            yield (
                Text("no bot's token"),
                Text("{command}, or set {name}", command=CONNECT, name=TOKEN_VARIABLE),
            )
            return
        connection = load_connection(data)
    except TwinError as error:
        yield error.message, CONNECT
        return
    if connection is None:
        yield NOT_CONNECTED, CONNECT
    elif connection.problem is not None:
        yield connection.problem


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        _refuse(path, getattr(error, "strerror", None) or Text("it is no text"))


def _refuse(path: Path, cause: str) -> NoReturn:
    raise TwinError(
        Text(
            "{path}: can't be used ({cause}); delete it, then {command}",
            path=path,
            cause=cause,
            command=CONNECT,
        )
    )
