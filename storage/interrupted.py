"""What was being sent when the process ended: sent again where the platform knows it again."""

import json
from collections.abc import Iterable

from sqlite_utils import Database

from storage.database import now_ms, transaction
from storage.outbox import COLUMNS, Piece, piece_of

# Where the platform takes a message that is sent again for the same one.
_RESENDS = "chat_id IN (SELECT id FROM chats WHERE platform IN (SELECT value FROM json_each(?)))"


def recover_outbox(
    db: Database, resending: Iterable[str] = (), *, since: int = 0, now: int | None = None
) -> list[Piece]:
    """After a start: what was being sent is in doubt. The pieces that are to be sent, oldest first.

    None of them was made before `since`: what still waits from then is cancelled. On the platforms
    `resending`, which know a message that is sent again, those in doubt are among them. Elsewhere
    they are never sent again, and what would follow is cancelled: a reply is not continued over a
    gap.
    """
    at = now_ms() if now is None else now
    platforms = json.dumps(list(resending))
    with transaction(db):
        db.execute("UPDATE outbox SET state = 'sent' WHERE state = 'sending' AND echoed_at > 0")
        db.execute(
            "UPDATE outbox SET state = 'cancelled', changed_at = ? WHERE state = 'pending' "
            "AND (created_at < ? OR decision_id IN (SELECT decision_id FROM outbox "
            f"WHERE state = 'sending') AND NOT {_RESENDS})",
            [at, since, platforms],
        )
        db.execute(
            "UPDATE outbox SET state = 'doubt', changed_at = ? WHERE state = 'sending'", [at]
        )
        rows = db.execute(
            f"SELECT {COLUMNS} FROM outbox WHERE state = 'pending' OR (state = 'doubt' "
            f"AND created_at >= ? AND {_RESENDS}) ORDER BY id",
            [since, platforms],
        ).fetchall()
    return [piece_of(row) for row in rows]


def interrupted_chats(db: Database, resending: Iterable[str] = (), *, since: int = 0) -> list[str]:
    """Names of the chats where a message may have arrived and is not sent again, as above."""
    rows = db.execute(
        "SELECT DISTINCT c.name FROM outbox o JOIN chats c ON c.id = o.chat_id "
        "WHERE o.state = 'sending' AND o.echoed_at IS NULL "
        f"AND (o.created_at < ? OR NOT o.{_RESENDS}) ORDER BY c.name",
        [since, json.dumps(list(resending))],
    )
    return [name for (name,) in rows]
