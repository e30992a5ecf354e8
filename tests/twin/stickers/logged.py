"""A log in which the owner sends stickers."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from sqlite_utils import Database

from storage.messages import NewMessage, Origin, log_message

HOUR_MS = 3_600_000
_TIMES: Iterator[int] = count(1_700_000_000_000, 1000)


def log(
    db: Database,
    chat: int,
    origin: Origin,
    text: str,
    kind: str = "text",
    *,
    at: int | None = None,
    media: str | None = None,
    raw: str | None = None,
) -> int:
    """One message; its number. Without a time, a second after the one before."""
    sent_at = next(_TIMES) if at is None else at
    row = NewMessage(chat, origin, text, sent_at, kind=kind, media=media, raw=raw)
    number = log_message(db, row)
    assert number is not None
    return number


def pause() -> None:
    """The next message is one of another conversation."""
    global _TIMES
    _TIMES = count(next(_TIMES) + 24 * HOUR_MS, 1000)


def gif(data: Path, name: str) -> str:
    """A picture in the data folder; its path there."""
    path = Path("media/fake", name)
    (data / path).parent.mkdir(parents=True, exist_ok=True)
    (data / path).write_bytes(b"GIF89a" + name.encode())
    return path.as_posix()


def exchange(
    db: Database, chat: int, asked: str, *answer: str, media: str | None = None
) -> list[int]:
    """The friend writes that, and the owner answers; "*" is a sticker. The answer's numbers."""
    pause()
    log(db, chat, "peer", asked)
    return [
        log(db, chat, "owner", "", "sticker", media=media)
        if one == "*"
        else log(db, chat, "owner", one)
        for one in answer
    ]
