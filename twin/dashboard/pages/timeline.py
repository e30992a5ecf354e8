"""Entries of a conversation in order of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlite_utils import Database

from storage.decisions import BurstVerdict, Undelivered, undelivered_since, verdicts_on
from storage.edits import earlier_wordings
from storage.listings import page_of_messages
from storage.messages import Message, media_of_chat

MOST_UNSAID = 200


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """A message of the log. `media` is its file, relative to the data folder.

    `earlier`: what it said before it was changed, oldest first.
    """

    message: Message
    media: str | None
    earlier: Sequence[str] = ()


Entry = LoggedMessage | BurstVerdict | Undelivered
Key = tuple[Literal["message", "verdict", "piece"], int]


@dataclass(frozen=True, slots=True)
class Timeline:
    """`has_older`: there is more before it."""

    entries: Mapping[Key, Entry]
    has_older: bool


def read_timeline(db: Database, chat_id: int, messages: int) -> Timeline:
    """The end of a chat: so many messages, why they were not answered, and what was not sent."""
    page = page_of_messages(db, chat_id, limit=messages + 1)
    has_older = len(page) > messages
    shown = page[:messages][::-1]
    numbers = [message.id for message in shown]
    media, earlier = media_of_chat(db, chat_id, numbers), earlier_wordings(db, numbers)
    logged = [LoggedMessage(one, media.get(one.id), earlier.get(one.id, ())) for one in shown]
    placed: list[tuple[int, Key, Entry]] = [
        (one.message.sent_at, ("message", one.message.id), one) for one in logged
    ]
    since = shown[0].sent_at if has_older else 0
    placed += _beside(verdicts_on(db, chat_id, numbers), since)
    placed += [
        (piece.created_at, ("piece", piece.id), piece)
        for piece in undelivered_since(db, chat_id, since, most=MOST_UNSAID)
    ]
    placed.sort(key=lambda entry: entry[0])
    return Timeline({key: entry for _, key, entry in placed}, has_older)


def _beside(verdicts: Sequence[BurstVerdict], since: int) -> list[tuple[int, Key, Entry]]:
    """What was answered needs no word: the answer stands there."""
    return [
        (max(verdict.decided_at, since), ("verdict", verdict.id), verdict)
        for verdict in verdicts
        if not verdict.answered
    ]
