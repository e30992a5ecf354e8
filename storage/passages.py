"""The parts of chats that are found by their meaning: where each lies, and its vector.

None of their words stands here. `storage/stale_chats.py` keeps them in step with the log.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlite_utils import Database

from storage.database import transaction
from storage.stale_chats import LONGEST_MS, Stale, is_unchanged, mark_all, note_missing

_PIECE = 2000  # rows that are deleted at once: the bot writes in between
_MODEL, _RULES = "passages.model", "passages.rules"


class Place(NamedTuple):
    """From one message of a chat to another; times in UTC milliseconds."""

    chat_id: int
    began_at: int
    ended_at: int
    first_message: int
    last_message: int


class PassageRow(NamedTuple):
    """`digest` tells from which words and by which model `vector` was made."""

    chat_id: int
    began_at: int
    ended_at: int
    first_message: int
    last_message: int
    digest: bytes
    vector: bytes


Key = tuple[int, int, bytes]  # first and last message, digest
_FIELDS = ", ".join(PassageRow._fields)
_PLACE = ", ".join(Place._fields)
_VALUES = ", ".join("?" for _ in PassageRow._fields)


def passages_of_chat(db: Database, chat_id: int) -> dict[Key, int]:
    """The ids of the chat's passages."""
    rows = db.execute(
        "SELECT first_message, last_message, digest, id FROM passages WHERE chat_id = ?", [chat_id]
    )
    return {(first, last, digest): number for first, last, digest, number in rows.fetchall()}


def store_passages(
    db: Database, stale: Stale, rows: Sequence[PassageRow], gone: Sequence[int], missing: int
) -> bool:
    """Put in the rows, take out those with the ids in `gone`, note how many are still missing.

    False, and nothing is written, where the chat was changed since it was found to be stale.
    """
    with transaction(db):
        if not is_unchanged(db, stale):
            return False
        db.conn.executemany("DELETE FROM passages WHERE id = ?", [(number,) for number in gone])
        db.conn.executemany(f"INSERT INTO passages ({_FIELDS}) VALUES ({_VALUES})", rows)
        note_missing(db, stale.chat_id, missing)
    return True


class MadeWith(NamedTuple):
    """The model of the vectors, and the rules by which chats are split, each as a number."""

    model: int
    rules: int


def made_with(db: Database) -> MadeWith | None:
    """None before any was made."""
    found = dict(
        db.execute("SELECT name, value FROM switches WHERE name IN (?, ?)", [_MODEL, _RULES])
    )
    return MadeWith(found[_MODEL], found[_RULES]) if len(found) == 2 else None


def begin_with(db: Database, wanted: MadeWith) -> None:
    """Make each chat stale where its passages were made otherwise, and delete vectors of another
    model: they can't be compared.
    """
    before = made_with(db)
    if before == wanted:
        return
    while (before is None or before.model != wanted.model) and _delete_some(db):
        pass
    with transaction(db):
        if before is None or before.model != wanted.model:
            db.execute("DELETE FROM fact_vectors")
        mark_all(db)
        for name, value in ((_MODEL, wanted.model), (_RULES, wanted.rules)):
            db.table("switches").upsert({"name": name, "value": value}, pk="name")


def _delete_some(db: Database) -> bool:
    with transaction(db):
        some = "SELECT id FROM passages LIMIT ?"
        return bool(db.execute(f"DELETE FROM passages WHERE id IN ({some})", [_PIECE]).rowcount)


def state_of_chat(db: Database, chat_id: int) -> tuple[int, int]:
    """How many passages the chat has, and the highest id: another for other passages."""
    row = db.execute(
        "SELECT COUNT(*), COALESCE(MAX(id), 0) FROM passages WHERE chat_id = ?", [chat_id]
    ).fetchone()
    return row[0], row[1]


def ids_of_chat(db: Database, chat_id: int) -> list[int]:
    rows = db.execute("SELECT id FROM passages WHERE chat_id = ?", [chat_id])
    return [number for (number,) in rows.fetchall()]


def vectors(db: Database, chat_id: int, ids: Iterable[int]) -> list[tuple[int, int, bytes]]:
    """Id, end and vector of these passages of the chat."""
    return _of_ids(db, "id, ended_at, vector", chat_id, ids)


def places(db: Database, chat_id: int, ids: Iterable[int]) -> dict[int, Place]:
    """Where these passages of the chat lie, by id."""
    rows = _of_ids(db, f"id, {_PLACE}", chat_id, ids)
    return {number: Place(*place) for number, *place in rows}


def places_at(db: Database, chat_id: int, sent_at: int) -> dict[int, Place]:
    """Those over that moment, by id."""
    rows = db.execute(
        f"SELECT id, {_PLACE} FROM passages WHERE chat_id = ? AND began_at <= ? "
        "AND ended_at BETWEEN ? AND ?",
        [chat_id, sent_at, sent_at, sent_at + LONGEST_MS],
    )
    return {number: Place(*place) for number, *place in rows.fetchall()}


def _of_ids(db: Database, fields: str, chat_id: int, ids: Iterable[int]) -> list[Any]:
    rows = db.execute(
        # The plus keeps SQLite from reading the whole chat by its index.
        f"SELECT {fields} FROM passages WHERE +chat_id = ? "
        "AND id IN (SELECT value FROM json_each(?))",
        [chat_id, json.dumps(list(ids))],
    )
    return list(rows.fetchall())


class Progress(NamedTuple):
    """Passages that there are; chats that are to be gone through, and how many passages are known
    to be missing in them.
    """

    passages: int
    stale_chats: int
    missing: int


def progress(db: Database) -> Progress:
    row = db.execute(
        "SELECT (SELECT COUNT(*) FROM passages), COUNT(*), COALESCE(SUM(missing), 0) "
        "FROM stale_chats"
    ).fetchone()
    return Progress(*row)
