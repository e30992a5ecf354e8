"""Count messages and replies by the owner's days, by indexes: a large log is as fast."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlite_utils import Database

Counted = Literal["friends", "owner", "by_itself", "approved"]

# Every zone is off UTC by a multiple of it, so no quarter of an hour lies in two days.
QUARTER_MS = 15 * 60_000


@dataclass(frozen=True, slots=True)
class DayCount:
    """What came and went on one day.

    friends, owner: messages that they wrote. by_itself: replies that the twin sent in mode auto,
    approved: drafts that the owner sent, as they were or in words of their own.
    """

    day: date
    friends: int = 0
    owner: int = 0
    by_itself: int = 0
    approved: int = 0


def daily_counts(
    db: Database, days: Sequence[date], since: int, day_of: Callable[[int], date]
) -> list[DayCount]:
    """Of each of these days; the first begins at `since`. Times in UTC milliseconds."""
    counts: dict[date, dict[Counted, int]] = {day: {} for day in days}
    for at, counted, number in (*_messages(db, since), *_replies(db, since)):
        of_day = counts.get(day_of(at))
        if of_day is not None:  # a wrong clock may have put it into the future
            of_day[counted] = of_day.get(counted, 0) + number
    return [DayCount(day, **of_day) for day, of_day in counts.items()]


# From chat to chat: the index begins with it, and chats are few beside messages.
MESSAGES = (
    "SELECT sent_at / :quarter AS part, origin, COUNT(*) FROM chats CROSS JOIN messages "
    "ON messages.chat_id = chats.id AND sent_at >= :since "
    "WHERE origin IN ('peer', 'owner') GROUP BY part, origin"
)
REPLIES = (
    "SELECT MIN(created_at), MAX(approved_at IS NOT NULL) FROM outbox "
    "WHERE created_at >= :since AND +state = 'sent' AND kind != 'notice' "
    "AND decision_id IS NOT NULL GROUP BY decision_id"
)


def _messages(db: Database, since: int) -> Iterable[tuple[int, Counted, int]]:
    for part, origin, number in db.execute(MESSAGES, {"quarter": QUARTER_MS, "since": since}):
        yield part * QUARTER_MS, "friends" if origin == "peer" else "owner", number


def _replies(db: Database, since: int) -> Iterable[tuple[int, Counted, int]]:
    """Each with the time of its first piece."""
    for at, is_approved in db.execute(REPLIES, {"since": since}):
        yield at, "approved" if is_approved else "by_itself", 1
