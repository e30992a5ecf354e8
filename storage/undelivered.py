"""Messages that a platform took and did not deliver."""

from sqlite_utils import Database

from storage.messages import mark_recalled
from storage.recalls import drop_unsent


def mark_undelivered(db: Database, chat_id: int, external_id: str, *, now: int) -> bool:
    """Note that the friend never saw it, and drop the rest of its reply. False: not ours.

    Nobody read it, so that it is no context and nothing to learn from, like what was taken back.
    """
    row = db.execute(
        "SELECT id, decision_id FROM outbox WHERE chat_id = ? AND external_id = ? "
        "AND state IN ('sent', 'doubt')",
        [chat_id, external_id],
    ).fetchone()
    if row is None:
        return False
    piece_id, decision_id = row
    # With its echo, if that is still to come: it left, and did not arrive.
    db.execute(
        "UPDATE outbox SET state = 'failed', changed_at = :now, "
        "echoed_at = COALESCE(echoed_at, :now) WHERE id = :piece",
        {"now": now, "piece": piece_id},
    )
    drop_unsent(db, decision_id, ("pending",), now=now)
    mark_recalled(db, chat_id, external_id, now)
    return True
