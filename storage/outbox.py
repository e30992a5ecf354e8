"""What the twin decided and wants to say. Written before sending, so a crash can't send twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlite_utils import Database

from storage.database import now_ms, transaction

State = Literal[
    "pending", "sending", "sent", "failed", "cancelled", "doubt", "draft", "approved", "rejected"
]
ECHO_WINDOW_MS = 60_000


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of a reply."""

    id: int
    chat_id: int
    text: str


def record_decision(
    db: Database,
    chat_id: int,
    last_message_id: int,
    reason: str,
    pieces: Sequence[str] = (),
    *,
    adapter: str | None = None,
    state: State = "pending",
) -> list[Piece]:
    """Close a burst that ends with `last_message_id`: why, and what will be said, as one write."""
    now = now_ms()
    with transaction(db):
        decision_id = db.execute(
            "INSERT INTO decisions (chat_id, last_message_id, answered, reason, decided_at) "
            "VALUES (?, ?, ?, ?, ?) RETURNING id",
            [chat_id, last_message_id, int(bool(pieces)), reason, now],
        ).fetchone()[0]
        ids = [
            db.execute(
                "INSERT INTO outbox "
                "(chat_id, decision_id, text, state, adapter, created_at, changed_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
                [chat_id, decision_id, text, state, adapter, now, now],
            ).fetchone()[0]
            for text in pieces
        ]
    return [Piece(row_id, chat_id, text) for row_id, text in zip(ids, pieces, strict=True)]


def last_decided(db: Database, chat_id: int) -> int:
    """The newest message of the chat that a decision covers; 0 when there is none."""
    row = db.execute(
        "SELECT MAX(last_message_id) FROM decisions WHERE chat_id = ?", [chat_id]
    ).fetchone()
    return int(row[0] or 0)


def move_piece(
    db: Database, piece_id: int, state: State, *, external_id: str | None = None
) -> None:
    db.execute(
        "UPDATE outbox SET state = ?, external_id = COALESCE(?, external_id), changed_at = ? "
        "WHERE id = ?",
        [state, external_id, now_ms(), piece_id],
    )


def cancel_pending(db: Database, chat_id: int) -> int:
    """Drop what waits to be said in the chat; how many pieces."""
    cursor = db.execute(
        "UPDATE outbox SET state = 'cancelled', changed_at = ? "
        "WHERE chat_id = ? AND state = 'pending'",
        [now_ms(), chat_id],
    )
    return int(cursor.rowcount)


def recover_outbox(db: Database) -> list[Piece]:
    """After a start: pieces that were being sent are in doubt and never sent again.

    Returns the pieces that certainly were not sent, oldest first. What would follow a piece in
    doubt is cancelled with it: a reply is not continued over a gap.
    """
    now = now_ms()
    with transaction(db):
        db.execute(
            "UPDATE outbox SET state = 'cancelled', changed_at = ? WHERE state = 'pending' "
            "AND decision_id IN (SELECT decision_id FROM outbox WHERE state = 'sending')",
            [now],
        )
        db.execute(
            "UPDATE outbox SET state = 'doubt', changed_at = ? WHERE state = 'sending'", [now]
        )
        rows = db.execute(
            "SELECT id, chat_id, text FROM outbox WHERE state = 'pending' ORDER BY id"
        ).fetchall()
    return [Piece(*row) for row in rows]


def is_own_echo(db: Database, chat_id: int, text: str, external_id: str | None, at: int) -> bool:
    """Whether a message from the owner's account is the echo of something the twin sent.

    By message id where the platform gives one; otherwise by chat and text within a minute. Each
    sent piece explains one echo, so the owner typing the same words counts as the owner.
    """
    row = db.execute(
        "SELECT id FROM outbox WHERE chat_id = ? AND external_id = ?", [chat_id, external_id]
    ).fetchone()
    if row is None:
        row = db.execute(
            "SELECT id FROM outbox WHERE chat_id = ? AND text = ? AND echoed_at IS NULL "
            "AND state IN ('sending', 'sent', 'doubt') AND ABS(changed_at - ?) <= ? "
            "ORDER BY id LIMIT 1",
            [chat_id, text, at, ECHO_WINDOW_MS],
        ).fetchone()
    if row is None:
        return False
    db.execute(
        "UPDATE outbox SET echoed_at = ?, external_id = COALESCE(external_id, ?) WHERE id = ?",
        [at, external_id, row[0]],
    )
    return True
