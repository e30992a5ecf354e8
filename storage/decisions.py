"""Look up what was decided about each burst and why, and what was not delivered."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from sqlite_utils import Database

from storage.decision_memory import ShownMessage, memory_of_decisions
from storage.media_texts import SAID
from storage.outbox import COLUMNS, State, Words, piece_of

_VERDICT = "id, last_message_id, answered, reason, decided_at"


@dataclass(frozen=True, slots=True)
class ReplyPiece:
    """A message of a reply with its state in the outbox. `sticker_of`: of a sticker, when the owner
    sent it themselves, in UTC milliseconds; None where that message is gone.
    """

    text: str
    state: str
    sticker_of: int | None = None


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """`asked`: what the friend wrote since the decision before; `decided_at` in UTC ms.

    `memory`: what the twin was shown of earlier before it replied.
    """

    decided_at: int
    asked: list[str]
    reason: str
    said: list[ReplyPiece]
    memory: list[ShownMessage] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BurstVerdict:
    """Why the burst that ends with `last_message_id` was answered or not. Time in UTC ms.

    `memory`: what the twin was shown of earlier before it replied.
    """

    id: int
    last_message_id: int
    answered: bool
    reason: str
    decided_at: int
    memory: tuple[ShownMessage, ...] = ()


def last_verdicts(db: Database, chat_ids: Iterable[int]) -> dict[int, BurstVerdict]:
    """The verdict on the last burst of each of these chats that has one, by chat."""
    rows = db.execute(
        f"SELECT chat_id, {_VERDICT} FROM decisions WHERE id IN ("
        "SELECT (SELECT id FROM decisions WHERE chat_id = value "
        "ORDER BY last_message_id DESC, id DESC LIMIT 1) FROM json_each(?))",
        [json.dumps(list(chat_ids))],
    )
    return {chat_id: _verdict(verdict) for chat_id, *verdict in rows}


def verdicts_on(db: Database, chat_id: int, message_ids: Iterable[int]) -> list[BurstVerdict]:
    """The verdicts on the bursts that end with one of these messages, oldest first, with memory."""
    rows = db.execute(
        f"SELECT {_VERDICT} FROM decisions WHERE chat_id = ? "
        "AND last_message_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        [chat_id, json.dumps(list(message_ids))],
    ).fetchall()
    memory = memory_of_decisions(db, [number for number, *_ in rows])
    return [replace(_verdict(row), memory=tuple(memory.get(row[0], ()))) for row in rows]


def _verdict(row: Sequence[Any]) -> BurstVerdict:
    number, last, answered, reason, at = row
    return BurstVerdict(number, last, bool(answered), reason, at)


def last_decisions(db: Database, chat_id: int, limit: int = 10) -> list[DecisionRecord]:
    """The latest first."""
    rows = db.execute(
        "SELECT id, last_message_id, reason, decided_at, LAG(last_message_id, 1, 0) "
        "OVER (ORDER BY id) FROM decisions WHERE chat_id = ? ORDER BY id DESC LIMIT ?",
        [chat_id, limit],
    ).fetchall()
    memory = memory_of_decisions(db, [number for number, *_ in rows])
    return [
        DecisionRecord(
            *(at, _asked(db, chat_id, before, last), reason, _said(db, number)),
            memory=memory.get(number, []),
        )
        for number, last, reason, at, before in rows
    ]


def _asked(db: Database, chat_id: int, after: int, last: int) -> list[str]:
    rows = db.execute(
        f"SELECT {SAID.format('messages')} FROM messages "
        "WHERE chat_id = ? AND id > ? AND id <= ? AND origin = 'peer' "
        "AND source = 'live' ORDER BY id",
        [chat_id, after, last],
    )
    return [text for (text,) in rows]


def _said(db: Database, decision_id: int) -> list[ReplyPiece]:
    rows = db.execute(
        f"SELECT {COLUMNS}, state, (SELECT sent_at FROM messages WHERE id = outbox.sticker) "
        "FROM outbox WHERE decision_id = ? ORDER BY id",
        [decision_id],
    ).fetchall()
    return [
        ReplyPiece(piece_of(tuple(piece)).shown, state, sent_at) for *piece, state, sent_at in rows
    ]


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that did not reach the friend, or not yet. `created_at` in UTC milliseconds.

    `sticker`: the owner's message that it repeats.
    """

    id: int
    text: str
    state: State
    words: Words
    created_at: int
    sticker: int | None = None


_UNDELIVERED = tuple(state for state in get_args(State) if state != "sent")


def undelivered_since(db: Database, chat_id: int, since: int, *, most: int) -> list[Undelivered]:
    """The latest of what has not reached the chat's friend since then, oldest first."""
    rows = db.execute(
        f"SELECT {COLUMNS}, state, created_at FROM outbox WHERE chat_id = ? "
        f"AND state IN ({', '.join('?' for _ in _UNDELIVERED)}) AND created_at >= ? "
        "ORDER BY id DESC LIMIT ?",
        [chat_id, *_UNDELIVERED, since, most],
    ).fetchall()
    pieces = [(piece_of(tuple(piece)), state, at) for *piece, state, at in reversed(rows)]
    return [
        Undelivered(piece.id, piece.shown, state, piece.words, at, piece.sticker)
        for piece, state, at in pieces
    ]


def has_typed(db: Database, chat_id: int) -> bool:
    """Whether words that the owner typed on their pages still wait to be sent there."""
    row = db.execute(
        "SELECT 1 FROM outbox WHERE chat_id = ? AND state = 'pending' AND words = 'owner' "
        "AND decision_id IS NULL",
        [chat_id],
    ).fetchone()
    return row is not None
