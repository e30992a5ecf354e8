"""Secret links to the friends' page, one for each friend."""

import secrets

from sqlite_utils import Database

from storage.chats import Chat, get_chat, upsert_chat, upsert_contact
from storage.database import now_ms, transaction
from storage.errors import InputError
from storage.reasons import ErrorReason
from storage.values import storable

PLATFORM = "web"
TOKEN_BYTES = 24


def create_invite(db: Database, name: str) -> tuple[str, Chat]:
    """A new friend on the web, in mode auto: whoever makes the link wants them answered.

    Raises InputError for an empty name.
    """
    name = storable(name).strip()
    if not name:
        raise InputError(
            "invite '': a friend needs a name; give one", reason=ErrorReason.NO_FRIEND_NAME
        )
    with transaction(db):
        # The chat's id is not the token: a revoked or leaked link must not name the chat.
        external_id = secrets.token_hex(8)
        upsert_contact(db, PLATFORM, external_id, name)
        chat = upsert_chat(db, PLATFORM, external_id, name, mode="auto")
        return _open(db, chat), chat


def renew_invite(db: Database, chat: Chat) -> str:
    """A new link to a friend's chat; the old ones end. Raises InputError for no friend of ours."""
    if chat.platform != PLATFORM:
        raise InputError(
            f"{chat.name}: a chat of {chat.platform} has no link; `bot.py invite NAME` makes a "
            "friend who has one",
            reason=ErrorReason.NO_LINK.of(chat.name),
        )
    with transaction(db):
        revoke_invites(db, chat.id)
        return _open(db, chat)


def _open(db: Database, chat: Chat) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    db.table("invites").insert({"token": token, "chat_id": chat.id, "created_at": now_ms()})
    return token


def chat_of_invite(db: Database, token: str) -> Chat | None:
    """The chat that a link opens, or None when it was never made or was revoked."""
    row = db.execute(
        "SELECT chat_id FROM invites WHERE token = ? AND revoked_at IS NULL", [token]
    ).fetchone()
    return get_chat(db, row[0]) if row else None


def revoke_invites(db: Database, chat_id: int) -> int:
    """Close every link to the chat; how many were open."""
    cursor = db.execute(
        "UPDATE invites SET revoked_at = ? WHERE chat_id = ? AND revoked_at IS NULL",
        [now_ms(), chat_id],
    )
    return int(cursor.rowcount)


def invites_of(db: Database, chat_id: int) -> list[str]:
    """The links to the chat that work, oldest first."""
    rows = db.execute(
        "SELECT token FROM invites WHERE chat_id = ? AND revoked_at IS NULL "
        "ORDER BY created_at, rowid",
        [chat_id],
    )
    return [token for (token,) in rows]


def open_invites(db: Database) -> list[tuple[str, Chat]]:
    """Every link that works, oldest first."""
    rows = db.execute(
        "SELECT token, chat_id FROM invites WHERE revoked_at IS NULL ORDER BY created_at, rowid"
    ).fetchall()
    return [(token, get_chat(db, chat_id)) for token, chat_id in rows]
