"""Entries of a conversation in order of time, with the days between them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Literal, NamedTuple

from sqlite_utils import Database

from storage.decisions import BurstVerdict, Undelivered, undelivered_since, verdicts_on
from storage.edits import earlier_wordings
from storage.media_texts import MediaText, media_texts_of
from storage.message_files import media_of_chat
from storage.messages import Message
from storage.thumbs import thumbs_of
from storage.values import MOST
from storage.windows import Window, has_before, messages_in
from twin.clock import local_day

MOST_UNSAID = 200


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """A message of the log. `media` is its file, relative to the data folder, `read` what a machine
    found in it.

    `earlier`: what it said before it was changed, oldest first. `thumb`: whether the owner found it
    good, where they judged it.
    """

    message: Message
    media: str | None
    earlier: Sequence[str] = ()
    thumb: bool | None = None
    read: MediaText | None = None


@dataclass(frozen=True, slots=True)
class DayBegins:
    """What follows is of this day, by the owner's clocks. `ago`: in days, and 2 for many."""

    day: date
    ago: int


@dataclass(frozen=True, slots=True)
class UnreadBegins:
    """What follows is new to the owner."""


Entry = LoggedMessage | BurstVerdict | Undelivered | DayBegins | UnreadBegins
Key = tuple[Literal["message", "verdict", "piece", "day", "unread"], int]


class _Placed(NamedTuple):
    at: int
    key: Key
    entry: Entry


@dataclass(frozen=True, slots=True)
class Timeline:
    """`has_older`, `has_newer`: there is more before it and after it."""

    entries: Mapping[Key, Entry]
    has_older: bool
    has_newer: bool


def read_timeline(
    db: Database,
    chat_id: int,
    window: Window,
    zone: tzinfo,
    *,
    today: date,
    unread: int | None = None,
) -> Timeline:
    """What lies in the window: messages, why they were not answered, and what was not sent.

    `zone` and `today` are the owner's; `unread` is the first message that is new to them.
    """
    shown = messages_in(db, chat_id, window)
    begins = (shown[0].sent_at, shown[0].id) if shown else window.first
    has_older = begins is not None and has_before(db, chat_id, begins)
    since = begins[0] if begins and has_older else 0
    until = MOST if window.last is None else window.last[0]
    numbers = [message.id for message in shown]
    placed = [
        *_logged(db, chat_id, shown),
        *_beside(verdicts_on(db, chat_id, numbers), since, until),
        *_unsaid(db, chat_id, since, until),
    ]
    placed.sort(key=lambda one: one.at)
    entries = dict(_parted(placed, zone, today, unread))
    return Timeline(entries, has_older, window.last is not None)


def _logged(db: Database, chat_id: int, shown: Sequence[Message]) -> Iterator[_Placed]:
    numbers = [message.id for message in shown]
    media, earlier = media_of_chat(db, chat_id, numbers), earlier_wordings(db, numbers)
    thumbs, read = thumbs_of(db, numbers), media_texts_of(db, numbers)
    for one in shown:
        told = earlier.get(one.id, ()), thumbs.get(one.id), read.get(one.id)
        entry = LoggedMessage(one, media.get(one.id), *told)
        yield _Placed(one.sent_at, ("message", one.id), entry)


def _beside(verdicts: Sequence[BurstVerdict], since: int, until: int) -> Iterator[_Placed]:
    """What was answered needs no word but of memory: the answer stands there."""
    for verdict in verdicts:
        if not verdict.answered or verdict.memory:
            at = min(max(verdict.decided_at, since), until)
            yield _Placed(at, ("verdict", verdict.id), verdict)


def _unsaid(db: Database, chat_id: int, since: int, until: int) -> Iterator[_Placed]:
    for piece in undelivered_since(db, chat_id, since, most=MOST_UNSAID):
        if piece.created_at <= until:
            yield _Placed(piece.created_at, ("piece", piece.id), piece)


def _parted(
    placed: Iterable[_Placed], zone: tzinfo, today: date, unread: int | None
) -> Iterator[tuple[Key, Entry]]:
    """The entries with a line before the first of each day, and before the first unread one."""
    day = None
    for at, key, entry in placed:
        if (its_day := local_day(at, zone)) != day:
            day = its_day
            yield ("day", day.toordinal()), DayBegins(day, min((today - day).days, 2))
        if key == ("message", unread):
            yield ("unread", 0), UnreadBegins()
        yield key, entry
