"""The outbox: what is to be sent, written down before sending, so that a crash can't send twice."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal
from uuid import uuid4

from sqlite_utils import Database

from storage.database import now_ms, transaction
from storage.decision_memory import note_memory
from storage.pieces import StickerOf, sticker_mark
from storage.plain_text import sendable
from storage.reasons import BurstReason

State = Literal[
    "pending",
    "sending",
    "sent",
    "failed",
    "cancelled",
    "doubt",  # nobody knows whether it arrived
    "draft",  # waits until the owner approves it
    "edited",  # a draft that the owner replaced by their own words
    "rejected",
    "dry",  # would have been sent, had this not been a dry run
]
Words = Literal["twin", "owner"]
NOTICE = "notice"
STICKER = "sticker"


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of a reply.

    `words`: whose words they are; `kind`: "text", "notice" for what the program itself says, or
    "sticker": then it has no text, `sticker` is the owner's message that it repeats (None: that one
    is gone) and `sticker_text` what was read on it;
    `approved`: it goes out on the owner's word, whatever the policy says; `commands`: (label, text)
    of what the owner can do about a notice; `key`: what a platform knows it by when it is sent
    again, which no other piece of any database has.
    """

    id: int
    chat_id: int
    text: str
    decision_id: int | None = None
    words: Words = "twin"
    kind: str = "text"
    approved: bool = False
    commands: tuple[tuple[str, str], ...] = ()
    key: str = ""
    sticker: int | None = None
    sticker_text: str = ""

    @property
    def shown(self) -> str:
        """What stands for it where words alone are shown."""
        return sticker_mark(self.sticker_text) if self.kind == STICKER else self.text

    @property
    def is_typed(self) -> bool:
        """Whether the owner typed it on their pages: it is no answer of the twin's."""
        return self.words == "owner" and self.decision_id is None


COLUMNS = (
    "id, chat_id, text, decision_id, words, kind, approved_at IS NOT NULL, commands, key, sticker, "
    "COALESCE((SELECT text FROM media_texts WHERE message_id = outbox.sticker), '')"
)


def is_key(db: Database, key: str) -> bool:
    """Whether a piece has it."""
    row = db.execute("SELECT 1 FROM outbox WHERE key = ?", [key]).fetchone()
    return row is not None


def piece_of(row: tuple[Any, ...]) -> Piece:
    """The piece of a row of `COLUMNS`."""
    piece_id, chat_id, text, decision_id, words, kind, approved, commands, key, sticker, read = row
    return Piece(
        *(piece_id, chat_id, text, decision_id, words, kind, bool(approved)),
        commands=tuple((label, command) for label, command in json.loads(commands or "[]")),
        key=key,
        sticker=sticker,
        sticker_text=read,
    )


def record_decision(
    db: Database,
    chat_id: int,
    last_message_id: int,
    reason: str,
    pieces: Sequence[str | StickerOf] = (),
    *,
    adapter: str | None = None,
    state: State = "pending",
    notice: str | None = None,
    memory: Sequence[int] = (),
    now: int | None = None,
) -> list[Piece]:
    """Close a burst that ends with `last_message_id`: why, and what will be said, as one write.

    `notice` is said before the pieces, by the program and not by the twin. `memory`: the messages
    that the twin was shown of earlier.
    """
    at = now_ms() if now is None else now
    with transaction(db):
        decision = db.execute(
            "INSERT INTO decisions (chat_id, last_message_id, answered, reason, decided_at) "
            "VALUES (?, ?, ?, ?, ?) RETURNING id",
            [chat_id, last_message_id, int(bool(pieces)), reason, at],
        ).fetchone()[0]
        note_memory(db, decision, memory)
        add = partial(add_piece, db, chat_id, state=state, decision_id=decision, now=at)
        notices = [add(notice, kind=NOTICE, adapter=adapter)] if notice and pieces else []
        return notices + [
            add("", kind=STICKER, sticker=piece.message_id)
            if isinstance(piece, StickerOf)
            else add(piece, adapter=adapter)
            for piece in pieces
        ]


def add_piece(
    db: Database,
    chat_id: int,
    text: str,
    state: State = "pending",
    *,
    decision_id: int | None = None,
    adapter: str | None = None,
    words: Words = "twin",
    kind: str = "text",
    approved: bool = False,
    commands: Sequence[tuple[str, str]] = (),
    sticker: int | None = None,
    now: int | None = None,
) -> Piece:
    """Put one message into the outbox, without characters that no friend should get."""
    at = now_ms() if now is None else now
    row = db.execute(
        "INSERT INTO outbox (chat_id, decision_id, text, state, adapter, words, kind, approved_at, "
        "commands, created_at, changed_at, key, sticker) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        f"RETURNING {COLUMNS}",
        [
            *(chat_id, decision_id, text and sendable(text), state, adapter, words, kind),
            *(at if approved else None, json.dumps(list(commands)) if commands else None, at, at),
            *(uuid4().hex, sticker),
        ],
    ).fetchone()
    return piece_of(row)


def last_decided(db: Database, chat_id: int) -> int:
    """The newest message of the chat that a decision covers; 0 when there is none."""
    row = db.execute(
        "SELECT MAX(last_message_id) FROM decisions WHERE chat_id = ? AND reason NOT IN (?, ?)",
        [chat_id, BurstReason.RECALLED, BurstReason.EDITED],
    ).fetchone()
    return int(row[0] or 0)


def move_piece(
    db: Database,
    piece_id: int,
    state: State,
    *,
    external_id: str | None = None,
    now: int | None = None,
) -> None:
    """An echo proves that it arrived, whatever sending seemed to come to."""
    db.execute(
        "UPDATE outbox SET changed_at = :now, state = iif(echoed_at IS NOT NULL "
        "AND :state IN ('doubt', 'failed'), 'sent', :state), "
        "external_id = COALESCE(:external_id, external_id), "
        # What is sent again may have arrived the first time.
        "sending_at = iif(:state = 'sending' AND state != 'doubt', :now, sending_at) "
        "WHERE id = :id",
        {
            "state": state,
            "external_id": external_id,
            "now": now_ms() if now is None else now,
            "id": piece_id,
        },
    )


def state_of(db: Database, piece_id: int) -> tuple[State, int]:
    """The state of a piece by now, and when sending it began, in UTC milliseconds."""
    state, sending_at = db.execute(
        "SELECT state, COALESCE(sending_at, changed_at) FROM outbox WHERE id = ?", [piece_id]
    ).fetchone()
    return state, int(sending_at)


def cancel_pending(db: Database, chat_id: int, *, now: int | None = None) -> int:
    """Drop what waits to be said in the chat; how many pieces."""
    return _cancel(db, chat_id, "pending", now)


def cancel_rest(db: Database, pieces: Sequence[Piece], *, now: int | None = None) -> None:
    """Drop those of the pieces that still wait: a reply is not continued over a gap."""
    db.execute(
        "UPDATE outbox SET state = 'cancelled', changed_at = ? WHERE state = 'pending' "
        "AND id IN (SELECT value FROM json_each(?))",
        [now_ms() if now is None else now, json.dumps([piece.id for piece in pieces])],
    )


def cancel_drafts(db: Database, chat_id: int, *, now: int | None = None) -> int:
    """Drop the drafts of the chat: the friend wrote again since, so they are out of date."""
    return _cancel(db, chat_id, "draft", now)


def _cancel(db: Database, chat_id: int, state: State, now: int | None) -> int:
    cursor = db.execute(
        "UPDATE outbox SET state = 'cancelled', changed_at = ? WHERE chat_id = ? AND state = ?",
        [now_ms() if now is None else now, chat_id, state],
    )
    return int(cursor.rowcount)


def approved_pieces(db: Database) -> list[Piece]:
    """What the owner approved, perhaps from another process, and nobody sends yet."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM outbox WHERE state = 'pending' AND approved_at IS NOT NULL "
        "ORDER BY id"
    )
    return [piece_of(row) for row in rows]


def refuse_piece(db: Database, piece: Piece, reason: str, *, now: int) -> None:
    """Drop a piece that the platform does not take; with nothing said, the burst is unanswered."""
    with transaction(db):
        move_piece(db, piece.id, "cancelled", now=now)
        db.execute(
            "UPDATE decisions SET answered = 0, reason = :reason WHERE id = :decision "
            "AND NOT EXISTS (SELECT 1 FROM outbox WHERE decision_id = :decision "
            "AND state IN ('sending', 'sent', 'doubt'))",
            {"reason": reason, "decision": piece.decision_id},
        )


# What the twin says by itself; the owner's approval is their own word. The plus keeps SQLite off
# the index of states, which would read all that was ever sent.
_BY_ITSELF = (
    "created_at > :since AND +state IN ('pending', 'sending', 'sent', 'doubt') "
    "AND approved_at IS NULL AND decision_id IS NOT NULL"
)


def count_replies(db: Database, since: int, *, chat_id: int | None = None) -> int:
    """Replies that the twin gave by itself since then, in one chat or all."""
    row = db.execute(
        f"SELECT COUNT(DISTINCT decision_id) FROM outbox WHERE {_BY_ITSELF} "
        "AND (:chat IS NULL OR chat_id = :chat)",
        {"since": since, "chat": chat_id},
    ).fetchone()
    return int(row[0])


def count_sent(
    db: Database, since: int, *, chat_id: int | None = None, before: Piece | None = None
) -> int:
    """Messages that the twin sent or will send by itself since then, in one chat or all.

    Notices count too: a friend receives them. `before`: a piece that is left out together with
    what follows it in its reply.
    """
    row = db.execute(
        f"SELECT COUNT(*) FROM outbox WHERE {_BY_ITSELF} AND (:chat IS NULL OR chat_id = :chat) "
        "AND NOT (decision_id IS :decision AND id >= :piece)",
        {
            "since": since,
            "chat": chat_id,
            "decision": before.decision_id if before else None,
            "piece": before.id if before else None,
        },
    ).fetchone()
    return int(row[0])


def noticed_since(db: Database, chat_id: int, since: int) -> bool:
    """Whether the notice that a twin answers went to the chat since then."""
    row = db.execute(
        "SELECT 1 FROM outbox WHERE chat_id = ? AND kind = ? AND created_at >= ? "
        "AND state IN ('pending', 'sending', 'sent')",
        [chat_id, NOTICE, since],
    ).fetchone()
    return row is not None
