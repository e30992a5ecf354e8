"""Forget a chat: delete it from the tables, the full-text index and the bytes of the file."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from storage.database import now_ms, transaction
from storage.errors import TwinError
from storage.people import drop_lone_people
from storage.search import compact_message_index
from storage.unfinished_import import no_import_meanwhile

_OF_CHAT = (
    *("corrections", "outbox", "decisions", "invites"),
    *("excluded_answers", "people", "consents", "passages"),
)
# What the bot and the owner write to each other names other chats and quotes them.
_SELF = "chat_id IN (SELECT id FROM chats WHERE kind = 'self')"
_PEOPLE = (
    "SELECT sender_id FROM messages WHERE chat_id = :chat AND sender_id IS NOT NULL "
    "UNION SELECT p.id FROM contacts p JOIN chats c "
    "ON (c.platform, c.external_id) = (p.platform, p.external_id) WHERE c.id = :chat"
)


# Adapters of which it is known, or can't be ruled out.
_LEARNT_FROM = (
    "(id IN (SELECT adapter_id FROM adapter_chats WHERE chat_id = :chat) "
    "OR id NOT IN (SELECT adapter_id FROM adapter_chats))"
)


def note_chats(db: Database, adapter_id: int, chats: Iterable[int]) -> None:
    """Store the chats an adapter learnt from. None at all: unknown, so it may be any."""
    rows = [{"adapter_id": adapter_id, "chat_id": chat_id} for chat_id in chats]
    db.conn.executemany("INSERT INTO adapter_chats VALUES (:adapter_id, :chat_id)", rows)


def chats_of_adapter(db: Database, adapter_id: int) -> set[int]:
    rows = db.execute("SELECT chat_id FROM adapter_chats WHERE adapter_id = ?", [adapter_id])
    return {chat_id for (chat_id,) in rows}


def mark_forgotten(db: Database, chat_id: int) -> list[str]:
    """Mark the adapters that learnt from the chat, or may have; their names.

    Only the live one is kept until there is another: none of the rest may answer again.
    """
    # What they wrote for the blind test may have words of the chat, those that are gone too.
    db.execute(
        "DELETE FROM blind_pairs WHERE adapter_id IN "
        f"(SELECT id FROM adapters WHERE {_LEARNT_FROM})",
        {"chat": chat_id},
    )
    rows = db.execute(
        "UPDATE adapters SET forgotten_at = :now WHERE forgotten_at IS NULL "
        f"AND status != 'pruned' AND {_LEARNT_FROM} RETURNING name",
        {"now": now_ms(), "chat": chat_id},
    ).fetchall()
    db.execute(
        "UPDATE adapters SET status = 'pruned' WHERE forgotten_at IS NOT NULL AND status != 'live'"
    )
    # SQLite may give the chat's number to another.
    db.execute("DELETE FROM adapter_chats WHERE chat_id = ?", [chat_id])
    return [name for (name,) in rows]


def drop_forgotten(db: Database) -> list[str]:
    """Prune the live adapter if it is marked, so that the base answers; its name."""
    rows = db.execute(
        "UPDATE adapters SET status = 'pruned' "
        "WHERE forgotten_at IS NOT NULL AND status = 'live' RETURNING name"
    ).fetchall()
    return [name for (name,) in rows]


def forgotten_since(db: Database) -> int | None:
    """When the adapter that answers, or did until it was dropped, was marked.

    None: no other one is needed.
    """
    row = db.execute(
        "SELECT forgotten_at FROM adapters WHERE promoted_at IS NOT NULL "
        "ORDER BY status = 'live' DESC, promoted_at DESC, id DESC LIMIT 1"
    ).fetchone()
    return row[0] if row else None


def note_forgetting(db: Database) -> None:
    """A run that is going is thrown away, and its files and the reports are to be deleted."""
    db.execute("INSERT INTO forgettings (at) VALUES (?)", [now_ms()])


def times_forgotten(db: Database) -> int:
    """How often a chat was forgotten so far, or the consent to learn from one withdrawn."""
    return int(db.execute("SELECT COALESCE(MAX(id), 0) FROM forgettings").fetchone()[0])


def check_none_forgotten(db: Database, before: int) -> None:
    """Raises TwinError when `times_forgotten` is no longer what it was `before`."""
    if times_forgotten(db) != before:
        raise TwinError(
            "a chat was forgotten while this run read it, or the consent to learn from it was "
            "withdrawn, so the run is thrown away; the next one (`bot.py train`) learns without it"
        )


def is_unfinished(db: Database) -> bool:
    """Whether a forgotten chat left something that is still on the disk."""
    row = db.execute("SELECT 1 FROM forgettings WHERE finished_at IS NULL LIMIT 1").fetchone()
    return row is not None


def mark_finished(db: Database, until: int) -> None:
    """Note that nothing is left on the disk of the first `until` forgotten chats."""
    db.execute(
        "UPDATE forgettings SET finished_at = ? WHERE finished_at IS NULL AND id <= ?",
        [now_ms(), until],
    )


def files_to_delete(db: Database) -> list[str]:
    """Media of forgotten chats, relative to the data folder, that no message refers to."""
    db.execute(
        "DELETE FROM files_to_delete "
        "WHERE path IN (SELECT media FROM messages WHERE media IS NOT NULL)"
    )
    return [path for (path,) in db.execute("SELECT path FROM files_to_delete ORDER BY path")]


def file_is_gone(db: Database, path: str) -> None:
    db.execute("DELETE FROM files_to_delete WHERE path = ?", [path])


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much there was of the chat; `adapters` are the names of those that may have learnt it."""

    messages: int
    media: int
    contacts: int
    adapters: list[str]


def forget_chat(db: Database, chat_id: int) -> Forgotten:
    """Delete everything of the chat, as one write, and mark the adapters that learnt from it.

    Its media files are entered in `files_to_delete`, and `wipe` is still to be called. Raises
    ImportGoing while an import is written.
    """
    db.execute("PRAGMA secure_delete = ON")
    # An import that went on would put rows under numbers that are given again.
    with no_import_meanwhile(db), transaction(db):
        people = [row[0] for row in db.execute(_PEOPLE, {"chat": chat_id})]
        media = _give_up_media(db, chat_id)
        for table in _OF_CHAT:
            db.execute(f"DELETE FROM {table} WHERE chat_id = ?", [chat_id])
        drop_lone_people(db)
        _delete_notices(db)
        messages = db.execute("DELETE FROM messages WHERE chat_id = ?", [chat_id]).rowcount
        compact_message_index(db)
        db.execute("DELETE FROM chats WHERE id = ?", [chat_id])
        contacts = sum(_delete_if_unknown(db, person) for person in people)
        # SQLite uses the newest ids again: no run has seen the messages that get them next.
        db.execute(
            "UPDATE training_runs SET seen_message_id = "
            "MIN(seen_message_id, (SELECT COALESCE(MAX(id), 0) FROM messages))"
        )
        adapters = mark_forgotten(db, chat_id)
        note_forgetting(db)
    return Forgotten(int(messages), media, contacts, adapters)


def wipe(db: Database) -> str | None:
    """Rewrite the file without free pages and empty the WAL; what prevented it, if anything did.

    Others may have the database open: both wait for them as every write does.
    """
    try:
        db.execute("VACUUM")
        is_busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.OperationalError as error:
        return str(error)
    return "another process is reading it" if is_busy else None


def _give_up_media(db: Database, chat_id: int) -> int:
    """Enter the files that no other chat refers to; how many."""
    cursor = db.execute(
        "INSERT OR IGNORE INTO files_to_delete SELECT DISTINCT media FROM messages "
        "WHERE chat_id = :chat AND media IS NOT NULL AND media NOT IN "
        "(SELECT media FROM messages WHERE chat_id != :chat AND media IS NOT NULL)",
        {"chat": chat_id},
    )
    return int(cursor.rowcount)


def _delete_notices(db: Database) -> None:
    db.execute(f"DELETE FROM outbox WHERE kind = 'notice' AND {_SELF}")
    db.execute(
        f"DELETE FROM messages WHERE kind IN ('notice', 'command') AND {_SELF} "
        "AND id NOT IN (SELECT last_message_id FROM decisions)"
    )


def _delete_if_unknown(db: Database, contact_id: int) -> int:
    """Delete a contact who is in no chat; how many that were."""
    cursor = db.execute(
        "DELETE FROM contacts WHERE id = ? "
        "AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.sender_id = contacts.id) "
        "AND NOT EXISTS (SELECT 1 FROM chats c "
        "WHERE (c.platform, c.external_id) = (contacts.platform, contacts.external_id))",
        [contact_id],
    )
    return int(cursor.rowcount)
