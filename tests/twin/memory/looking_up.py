"""What the tests of looking up say and ask."""

from collections.abc import Callable

from sqlite_utils import Database

from storage.messages import NewMessage, Origin, log_message
from twin.config.schema import Config
from twin.memory.lookup import look_up

HOUR = 3_600_000
ASKED, NOW = "which boat sank?", 1000 * HOUR
Way = Callable[[Database, Config], None]  # how far the chats are indexed


def say(
    db: Database, text: str, hour: int, chat: int = 1, origin: Origin = "owner", **more: str
) -> None:
    key = f"{hour} {text}"
    log_message(db, NewMessage(chat, origin, text, hour * HOUR, external_id=key, **more))  # type: ignore[arg-type]


def found(
    db: Database, config: Config, chat: int | None = 1, question: str = ASKED, before: int = NOW
) -> list[str]:
    lines = look_up(db, config, chat, question, before=before)
    return [line.text for line in lines]
