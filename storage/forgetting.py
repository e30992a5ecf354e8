"""Forgetting a chat: out of the tables, the full-text index, and the bytes of the file."""

import sqlite3
from dataclasses import dataclass

from sqlite_utils import Database

from storage.adapter_chats import mark_forgotten
from storage.database import now_ms, transaction
from storage.search import compact_message_index
from storage.unfinished_import import no_import_meanwhile

# What the bot told the owner, and what he told it, names other chats and quotes them.
_SELF = "chat_id IN (SELECT id FROM chats WHERE kind = 'self')"
_PEOPLE = (
    "SELECT sender_id FROM messages WHERE chat_id = :chat AND sender_id IS NOT NULL "
    "UNION SELECT p.id FROM contacts p JOIN chats c "
    "ON (c.platform, c.external_id) = (p.platform, p.external_id) WHERE c.id = :chat"
)


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
        for table in ("corrections", "outbox", "decisions", "invites", "excluded_answers"):
            db.execute(f"DELETE FROM {table} WHERE chat_id = ?", [chat_id])
        _delete_notices(db)
        messages = db.execute("DELETE FROM messages WHERE chat_id = ?", [chat_id]).rowcount
        compact_message_index(db)
        db.execute("DELETE FROM chats WHERE id = ?", [chat_id])
        contacts = sum(_delete_if_unknown(db, person) for person in people)
        # SQLite gives the newest ids again: what bears them next has been seen by no run.
        db.execute(
            "UPDATE training_runs SET seen_message_id = "
            "MIN(seen_message_id, (SELECT COALESCE(MAX(id), 0) FROM messages))"
        )
        adapters = mark_forgotten(db, chat_id)
        db.execute("INSERT INTO forgettings (at) VALUES (?)", [now_ms()])
    return Forgotten(int(messages), media, contacts, adapters)


def wipe(db: Database) -> str | None:
    """Rewrite the file without free pages and empty the WAL; what hindered it, if anything did.

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
