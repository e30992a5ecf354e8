"""Drafts: replies that wait until the owner approves, edits or rejects them.

A draft is the pieces of one decision.
"""

from dataclasses import dataclass, field
from functools import partial

from sqlite_utils import Database

from storage.corrections import note_edit
from storage.database import transaction
from storage.decision_memory import ShownMessage, memory_of_decisions
from storage.errors import InputError
from storage.media_texts import SAID
from storage.outbox import (
    COLUMNS,
    NOTICE,
    STICKER,
    Piece,
    Words,
    add_piece,
    move_piece,
    piece_of,
)
from storage.pieces import MOST_PIECES, split_reply, sticker_mark
from storage.plain_text import sendable
from storage.values import fitting


@dataclass(frozen=True, slots=True)
class Draft:
    """`asked`: what the friend wrote last; `lines`: what would be sent.

    `memory`: what the twin was shown of earlier. `stickers`: of the lines that are stickers, by
    their place, the owner's message that each repeats.
    """

    number: int
    chat_id: int
    chat_name: str
    asked: str
    lines: list[str]
    created_at: int
    memory: list[ShownMessage] = field(default_factory=list)
    stickers: dict[int, int] = field(default_factory=dict)


def list_drafts(db: Database) -> list[Draft]:
    """All drafts, oldest first."""
    rows = db.execute(
        f"SELECT d.id, c.id, c.name, {SAID.format('m')}, d.decided_at FROM decisions d "
        "JOIN chats c ON c.id = d.chat_id JOIN messages m ON m.id = d.last_message_id "
        "WHERE d.id IN (SELECT decision_id FROM outbox WHERE state = 'draft') ORDER BY d.id"
    ).fetchall()
    memory = memory_of_decisions(db, [number for number, *_ in rows])
    return [
        _made(db, number, chat_id, name, asked, at, memory.get(number, []))
        for number, chat_id, name, asked, at in rows
    ]


def _made(
    db: Database,
    number: int,
    chat_id: int,
    name: str,
    asked: str,
    at: int,
    memory: list[ShownMessage],
) -> Draft:
    pieces = _waiting(db, number)
    stickers = {line: one.sticker for line, one in enumerate(pieces) if one.sticker is not None}
    lines = [piece.shown for piece in pieces]
    return Draft(number, chat_id, name, asked, lines, at, memory, stickers)


def count_drafts(db: Database) -> int:
    row = db.execute("SELECT COUNT(DISTINCT decision_id) FROM outbox WHERE state = 'draft'")
    return int(row.fetchone()[0])


def approve_draft(db: Database, number: int, *, words: Words, now: int) -> list[Piece]:
    """Let it be sent as it is; the pieces. Raises InputError when it doesn't wait (any more)."""
    with transaction(db):
        for piece in _draft(db, number):
            _approve(db, piece, words if piece.kind == "text" else "twin", now)
        return _approved(db, number)


def edit_draft(db: Database, number: int, text: str, *, now: int) -> list[Piece]:
    """Send the owner's words instead, as a reply is sent; the pieces. They count as the owner's.

    The draft's words are kept: the change is worth learning from. Its sticker is sent where a line
    is its mark, as the draft shows it.
    """
    if not split_reply(text):
        raise InputError(f"draft {number}: no words to send instead; give a text, or reject it")
    with transaction(db):
        pieces = _draft(db, number)
        for piece in pieces:
            if piece.kind == NOTICE:
                _approve(db, piece, "twin", now)
            else:
                move_piece(db, piece.id, "edited", now=now)
        chat_id = pieces[0].chat_id
        own = [piece.text for piece in pieces if piece.kind == "text"]
        sticker = next((piece for piece in pieces if piece.kind == STICKER), None)
        lines = _split_around(text, sticker) if sticker else [*split_reply(text)]
        note_edit(db, chat_id, number, own, [one for one in lines if isinstance(one, str)], now)
        add = partial(add_piece, db, chat_id, decision_id=number, approved=True, now=now)
        for line in lines:
            if isinstance(line, str):
                add(line, words="owner")
            else:
                add("", kind=STICKER, sticker=line.sticker)
        return _approved(db, number)


def _split_around(text: str, sticker: Piece) -> list[str | Piece]:
    """As `split_reply`, with the sticker at its first mark; no line shares a message with a mark.

    What was read on it since the draft was shown is no part of the mark.
    """
    marks = (sticker_mark(""), sendable(sticker.shown))
    lines = split_reply(text, len(text))
    words = [line for line in lines if line not in marks]
    if len(words) == len(lines):
        return [*split_reply(text)]
    said = split_reply("\n".join(words), MOST_PIECES - 1)
    before = next(at for at, line in enumerate(lines) if line in marks)
    at = before * len(said) // max(1, len(words))
    return [*said[:at], sticker, *said[at:]]


def reject_draft(db: Database, number: int, *, now: int) -> None:
    """Raises InputError when it doesn't wait (any more)."""
    with transaction(db):
        for piece in _draft(db, number):
            move_piece(db, piece.id, "rejected", now=now)


def _draft(db: Database, number: int) -> list[Piece]:
    pieces = _waiting(db, number)
    if not pieces:
        raise InputError(
            f"draft {number}: none of that number waits; `bot.py drafts list` shows those that do"
        )
    return pieces


def _waiting(db: Database, number: int) -> list[Piece]:
    rows = db.execute(
        f"SELECT {COLUMNS} FROM outbox WHERE decision_id = ? AND state = 'draft' ORDER BY id",
        [fitting(number)],
    )
    return [piece_of(row) for row in rows]


def _approved(db: Database, number: int) -> list[Piece]:
    rows = db.execute(
        f"SELECT {COLUMNS} FROM outbox WHERE decision_id = ? AND state = 'pending' ORDER BY id",
        [number],
    )
    return [piece_of(row) for row in rows]


def _approve(db: Database, piece: Piece, words: Words, now: int) -> None:
    move_piece(db, piece.id, "pending", now=now)
    db.execute("UPDATE outbox SET approved_at = ?, words = ? WHERE id = ?", [now, words, piece.id])
