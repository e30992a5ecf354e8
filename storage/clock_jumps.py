"""Move the times that limits and pauses depend on when somebody sets the machine's clock."""

from sqlite_utils import Database

from storage.database import transaction
from storage.preferences import FOREVER, PAUSED_UNTIL

_DAY_MS = 24 * 3_600_000


def move_times(db: Database, now: int, by: int) -> None:
    """The clock was at `now` and is set by so many milliseconds.

    The last day goes along: of the outbox, which limits and echoes look at, of the live messages,
    and of the signs of life. So do the pauses that are on: each lasts as long as it was meant to.
    """
    day = {"by": by, "since": now - _DAY_MS, "now": now}
    with transaction(db):
        db.execute(
            "UPDATE outbox SET created_at = created_at + :by, changed_at = changed_at + :by, "
            "sending_at = sending_at + :by WHERE created_at BETWEEN :since AND :now",
            day,
        )
        db.execute(
            # Not to before the day: what is older stays where it is, and they keep their order.
            "UPDATE messages SET sent_at = MAX(sent_at + :by, :since) WHERE source = 'live' "
            "AND chat_id IN (SELECT id FROM chats) AND sent_at BETWEEN :since AND :now",
            day,
        )
        db.execute(
            "UPDATE earlier_wordings SET until = until + :by WHERE until BETWEEN :since AND :now",
            day,
        )
        db.execute(
            "UPDATE presence SET seen_at = seen_at + :by WHERE seen_at BETWEEN :since AND :now", day
        )
        db.execute(
            "UPDATE chats SET paused_until = paused_until + ? WHERE paused_until BETWEEN ? AND ?",
            [by, now, FOREVER - 1],
        )
        db.execute(
            "UPDATE switches SET value = value + ? WHERE name = ? AND value BETWEEN ? AND ?",
            [by, PAUSED_UNTIL, now, FOREVER - 1],
        )


def no_future_times(db: Database, now: int) -> None:
    """What seems to be later than now was timed by a wrong clock, before a restart: it is now."""
    with transaction(db):
        db.execute(
            "UPDATE outbox SET created_at = :now, changed_at = MIN(changed_at, :now), "
            "sending_at = MIN(sending_at, :now) WHERE created_at > :now",
            {"now": now},
        )
        db.execute(
            "UPDATE messages SET sent_at = :now WHERE source = 'live' "
            "AND chat_id IN (SELECT id FROM chats) AND sent_at > :now",
            {"now": now},
        )
