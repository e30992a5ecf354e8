"""Entries of a conversation in order of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlite_utils import Database

from storage.decisions import BurstVerdict, Undelivered, undelivered_since, verdicts_on
from storage.edits import earlier_wordings
from storage.listings import page_around, page_of_messages
from storage.messages import Message, media_of_chat
from storage.thumbs import thumbs_of
from storage.values import MOST

MOST_UNSAID = 200
LATER = 20  # messages after the one that was asked for


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """A message of the log. `media` is its file, relative to the data folder.

    `earlier`: what it said before it was changed, oldest first. `thumb`: whether the owner found it
    good, where they judged it.
    """

    message: Message
    media: str | None
    earlier: Sequence[str] = ()
    thumb: bool | None = None


Entry = LoggedMessage | BurstVerdict | Undelivered
Key = tuple[Literal["message", "verdict", "piece"], int]


@dataclass(frozen=True, slots=True)
class Timeline:
    """`has_older`: there is more before it."""

    entries: Mapping[Key, Entry]
    has_older: bool


def read_timeline(db: Database, chat_id: int, messages: int, around: int | None = None) -> Timeline:
    """The end of a chat: so many messages, why they were not answered, and what was not sent.

    With `around` not the end, but what lies before and after the message of that number, if the
    chat has it.
    """
    shown, has_older, until = _shown(db, chat_id, messages, around)
    numbers = [message.id for message in shown]
    media, earlier = media_of_chat(db, chat_id, numbers), earlier_wordings(db, numbers)
    thumbs = thumbs_of(db, numbers)
    logged = [
        LoggedMessage(one, media.get(one.id), earlier.get(one.id, ()), thumbs.get(one.id))
        for one in shown
    ]
    placed: list[tuple[int, Key, Entry]] = [
        (one.message.sent_at, ("message", one.message.id), one) for one in logged
    ]
    since = shown[0].sent_at if has_older else 0
    placed += _beside(verdicts_on(db, chat_id, numbers), since)
    placed += [
        (piece.created_at, ("piece", piece.id), piece)
        for piece in undelivered_since(db, chat_id, since, most=MOST_UNSAID)
        if piece.created_at <= until
    ]
    placed.sort(key=lambda entry: entry[0])
    return Timeline({key: entry for _, key, entry in placed}, has_older)


def _shown(
    db: Database, chat_id: int, messages: int, around: int | None
) -> tuple[list[Message], bool, int]:
    """The messages of the page, oldest first; whether there are older ones; until when it goes."""
    most, until = messages, MOST
    if around is not None and (
        page := page_around(db, chat_id, around, earlier=messages + 1, later=LATER)
    ):
        most, until = [one.id for one in page].index(around) + 1 + messages, page[0].sent_at
    else:
        page = page_of_messages(db, chat_id, limit=messages + 1)
    return page[:most][::-1], len(page) > most, until


def _beside(verdicts: Sequence[BurstVerdict], since: int) -> list[tuple[int, Key, Entry]]:
    """What was answered needs no word but of memory: the answer stands there."""
    return [
        (max(verdict.decided_at, since), ("verdict", verdict.id), verdict)
        for verdict in verdicts
        if not verdict.answered or verdict.memory
    ]
