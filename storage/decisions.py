"""What became of each burst of a friend, and why."""

from dataclasses import dataclass

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a reply and what became of it: a state of the outbox."""

    text: str
    state: str


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """`asked`: what the friend wrote since the decision before; `decided_at` in UTC ms."""

    decided_at: int
    asked: list[str]
    reason: str
    said: list[Said]


def last_decisions(db: Database, chat_id: int, limit: int = 10) -> list[DecisionRecord]:
    """The latest first."""
    rows = db.execute(
        "SELECT id, last_message_id, reason, decided_at, LAG(last_message_id, 1, 0) "
        "OVER (ORDER BY id) FROM decisions WHERE chat_id = ? ORDER BY id DESC LIMIT ?",
        [chat_id, limit],
    ).fetchall()
    return [
        DecisionRecord(at, _asked(db, chat_id, before, last), reason, _said(db, number))
        for number, last, reason, at, before in rows
    ]


def _asked(db: Database, chat_id: int, after: int, last: int) -> list[str]:
    rows = db.execute(
        "SELECT text FROM messages WHERE chat_id = ? AND id > ? AND id <= ? AND origin = 'peer' "
        "AND source = 'live' ORDER BY id",
        [chat_id, after, last],
    )
    return [text for (text,) in rows]


def _said(db: Database, decision_id: int) -> list[Said]:
    rows = db.execute(
        "SELECT text, state FROM outbox WHERE decision_id = ? ORDER BY id", [decision_id]
    )
    return [Said(*row) for row in rows]
