"""Drop what is left of the reply to a message that a friend took back or changed."""

import json
from collections.abc import Sequence

from sqlite_utils import Database

from storage.outbox import State
from storage.reasons import BurstReason


def drop_reply_to(db: Database, chat_id: int, external_id: str, *, now: int) -> int | None:
    """The friend's message of that id, after its reply's unsent pieces or its draft were dropped.

    Where nothing of the reply was sent, the rest of the burst is open again. None when no friend's
    message has that id.
    """
    row = db.execute(
        "SELECT id FROM messages WHERE chat_id = ? AND external_id = ? AND origin = 'peer'",
        [chat_id, external_id],
    ).fetchone()
    if row is None:
        return None
    (message_id,) = row
    _drop(db, chat_id, message_id, ("pending", "draft"), BurstReason.RECALLED, now)
    return int(message_id)


def drop_draft(
    db: Database, chat_id: int, message_id: int, reason: BurstReason, *, now: int
) -> None:
    """Drop the draft that answers the message; the burst is open again, for that reason."""
    _drop(db, chat_id, message_id, ("draft",), reason, now)


def _drop(
    db: Database,
    chat_id: int,
    message_id: int,
    states: Sequence[State],
    reason: BurstReason,
    now: int,
) -> None:
    decision = db.execute(
        "SELECT id FROM decisions WHERE chat_id = ? AND last_message_id >= ? "
        "ORDER BY last_message_id, id LIMIT 1",
        [chat_id, message_id],
    ).fetchone()
    if decision is None or not drop_unsent(db, decision[0], states, now=now):
        return
    if not _is_said(db, decision[0]):
        db.execute(
            "UPDATE decisions SET answered = 0, reason = ? WHERE id = ?", [reason, decision[0]]
        )


def drop_unsent(
    db: Database, decision_id: int | None, states: Sequence[State], *, now: int
) -> bool:
    """Drop those pieces of a decision's reply that are in these states; whether there were any."""
    cursor = db.execute(
        "UPDATE outbox SET state = 'cancelled', changed_at = ? WHERE decision_id = ? "
        "AND state IN (SELECT value FROM json_each(?))",
        [now, decision_id, json.dumps(states)],
    )
    return int(cursor.rowcount) > 0


def _is_said(db: Database, decision_id: int) -> bool:
    """Whether anything of it may have arrived, or the owner decided about it."""
    row = db.execute(
        "SELECT 1 FROM outbox WHERE decision_id = ? "
        "AND (state != 'cancelled' OR approved_at IS NOT NULL)",
        [decision_id],
    ).fetchone()
    return row is not None
