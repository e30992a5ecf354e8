"""Which chats an adapter learnt from, and that one of them was forgotten."""

from collections.abc import Iterable

from sqlite_utils import Database

from storage.database import now_ms


def note_chats(db: Database, adapter_id: int, chats: Iterable[int]) -> None:
    """None at all means that nobody knows: the adapter may have learnt from any."""
    rows = [{"adapter_id": adapter_id, "chat_id": chat_id} for chat_id in chats]
    db.conn.executemany("INSERT INTO adapter_chats VALUES (:adapter_id, :chat_id)", rows)


def chats_of_adapter(db: Database, adapter_id: int) -> set[int]:
    rows = db.execute("SELECT chat_id FROM adapter_chats WHERE adapter_id = ?", [adapter_id])
    return {chat_id for (chat_id,) in rows}


def mark_forgotten(db: Database, chat_id: int) -> list[str]:
    """Mark the adapters that learnt from the chat, or may have; their names.

    Only the live one is kept until there is another: none of the rest may ever answer again.
    """
    rows = db.execute(
        "UPDATE adapters SET forgotten_at = :now WHERE forgotten_at IS NULL "
        "AND status != 'pruned' AND (id IN (SELECT adapter_id FROM adapter_chats "
        "WHERE chat_id = :chat) OR id NOT IN (SELECT adapter_id FROM adapter_chats)) "
        "RETURNING name",
        {"now": now_ms(), "chat": chat_id},
    ).fetchall()
    db.execute(
        "UPDATE adapters SET status = 'pruned' WHERE forgotten_at IS NOT NULL AND status != 'live'"
    )
    # SQLite may give the chat's number to another.
    db.execute("DELETE FROM adapter_chats WHERE chat_id = ?", [chat_id])
    return [name for (name,) in rows]


def drop_forgotten(db: Database) -> list[str]:
    """Give up the live adapter if it is marked, so that the base answers; its name."""
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
