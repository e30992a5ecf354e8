"""What of the outbox did not reach a friend, or not yet."""

from dataclasses import dataclass
from typing import get_args

from sqlite_utils import Database

from storage.outbox import State, Words


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that did not reach the friend, or not yet. `created_at` in UTC milliseconds."""

    id: int
    text: str
    state: State
    words: Words
    created_at: int


_UNSAID = tuple(state for state in get_args(State) if state != "sent")


def unsaid_since(db: Database, chat_id: int, since: int, *, most: int) -> list[Undelivered]:
    """The latest of what was not said in the chat since then, oldest first."""
    rows = db.execute(
        "SELECT id, text, state, words, created_at FROM outbox WHERE chat_id = ? "
        f"AND state IN ({', '.join('?' for _ in _UNSAID)}) AND created_at >= ? "
        "ORDER BY id DESC LIMIT ?",
        [chat_id, *_UNSAID, since, most],
    ).fetchall()
    return [Undelivered(*row) for row in reversed(rows)]


def has_typed(db: Database, chat_id: int) -> bool:
    """Whether words that the owner typed on his pages still wait to be sent there."""
    row = db.execute(
        "SELECT 1 FROM outbox WHERE chat_id = ? AND state = 'pending' AND words = 'owner' "
        "AND decision_id IS NULL",
        [chat_id],
    ).fetchone()
    return row is not None
