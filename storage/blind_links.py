"""Secret links with which a friend takes the blind test of their own chat."""

import secrets

from sqlite_utils import Database

from storage.chats import Chat, get_chat
from storage.database import now_ms, transaction
from storage.errors import InputError
from storage.reasons import ErrorReason

TOKEN_BYTES = 24


def open_blind_link(db: Database, chat_id: int) -> str:
    """A new link for the friend of a direct chat; an earlier one ends. Raises InputError."""
    chat = get_chat(db, chat_id)
    if chat.kind != "direct":
        raise InputError(
            f"{chat.name}: not a chat with one friend; choose another",
            reason=ErrorReason.NOT_ONE_FRIEND.of(chat.name),
        )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction(db):
        revoke_blind_links(db, chat_id)
        db.execute(
            "INSERT INTO blind_links (token, chat_id, created_at) VALUES (?, ?, ?)",
            [token, chat_id, now_ms()],
        )
    return token


def revoke_blind_links(db: Database, chat_id: int) -> int:
    """Close every link to the chat's test; how many were open."""
    cursor = db.execute(
        "UPDATE blind_links SET revoked_at = ? WHERE chat_id = ? AND revoked_at IS NULL",
        [now_ms(), chat_id],
    )
    return int(cursor.rowcount)


def chat_of_blind_link(db: Database, token: str) -> Chat | None:
    """The chat whose test a link opens; None when it was never made or was revoked."""
    row = db.execute(
        "SELECT chat_id FROM blind_links WHERE token = ? AND revoked_at IS NULL", [token]
    ).fetchone()
    return get_chat(db, row[0]) if row else None


def open_blind_links(db: Database) -> list[tuple[str, Chat]]:
    """Every link that works, the newest first."""
    rows = db.execute(
        "SELECT token, chat_id FROM blind_links WHERE revoked_at IS NULL "
        "ORDER BY created_at DESC, rowid DESC"
    ).fetchall()
    return [(token, get_chat(db, chat_id)) for token, chat_id in rows]
