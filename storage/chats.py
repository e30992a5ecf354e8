"""Contacts and chats, and the mode that says whether a chat is answered."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlite_utils import Database

from storage.database import transaction
from storage.errors import InputError
from storage.reasons import ErrorReason
from storage.values import fitting, storable

Mode = Literal["off", "log", "draft", "auto"]
MODES: tuple[Mode, ...] = get_args(Mode)
_BETTER_NAME = "name = iif(excluded.name = excluded.external_id, name, excluded.name)"


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation on a platform. `paused_until` in UTC milliseconds."""

    id: int
    platform: str
    external_id: str
    name: str
    kind: str
    mode: Mode
    paused_until: int | None
    note: str | None

    @property
    def title(self) -> str:
        """What tells it from another chat with somebody of that name."""
        return f"{self.name} ({self.platform})"


def upsert_contact(db: Database, platform: str, external_id: str, name: str) -> int:
    """The row id of a contact; its name is brought up to date, but never by its mere id."""
    row = db.execute(
        "INSERT INTO contacts (platform, external_id, name) VALUES (?, ?, ?) "
        f"ON CONFLICT (platform, external_id) DO UPDATE SET {_BETTER_NAME} RETURNING id",
        [platform, external_id, name],
    ).fetchone()
    return int(row[0])


def upsert_chat(
    db: Database,
    platform: str,
    external_id: str,
    name: str,
    *,
    kind: str = "direct",
    mode: Mode = "log",
) -> Chat:
    """The chat with that id; `mode` counts only when it is new: the owner's choice stays."""
    cursor = db.execute(
        "INSERT INTO chats (platform, external_id, name, kind, mode) VALUES (?, ?, ?, ?, ?) "
        f"ON CONFLICT (platform, external_id) DO UPDATE SET {_BETTER_NAME} RETURNING *",
        [platform, external_id, name, kind, mode],
    )
    return Chat(*cursor.fetchone())


def get_chat(db: Database, chat_id: int) -> Chat:
    """The chat with that row id. Raises InputError when there is none."""
    row = db.execute("SELECT * FROM chats WHERE id = ?", [fitting(chat_id)]).fetchone()
    if row is None:
        raise _no_chat(chat_id)
    return Chat(*row)


def _no_chat(chat_id: int) -> InputError:
    return InputError(
        f"chat {chat_id}: no such chat; see `bot.py chats list`",
        reason=ErrorReason.NO_CHAT.of(chat_id),
    )


def get_same_chat(db: Database, chat: Chat) -> Chat:
    """The chat as it is now. Raises InputError when it was forgotten since, also when another has
    its number by now.
    """
    now = get_chat(db, chat.id)
    if (now.platform, now.external_id) != (chat.platform, chat.external_id):
        raise _no_chat(chat.id)
    return now


def find_chat(db: Database, wanted: str) -> Chat:
    """The chat that the owner means: by number, exact name or the only name that contains it."""
    wanted = storable(wanted)
    rows = all_chats(db)
    found = (
        [chat for chat in rows if str(chat.id) == wanted]
        or [chat for chat in rows if chat.name == wanted]
        or [chat for chat in rows if wanted.casefold() in chat.name.casefold()]
    )
    if not found:
        raise InputError(f"chat '{wanted}': no such chat; see `bot.py chats list`")
    if len(found) > 1:
        numbers = ", ".join(f"{chat.id} ({chat.name})" for chat in found[:5])
        raise InputError(f"chat '{wanted}': {len(found)} chats match; give a number: {numbers}")
    return found[0]


def all_chats(db: Database) -> list[Chat]:
    return [Chat(*row) for row in db.execute("SELECT * FROM chats ORDER BY id")]


def list_chats(db: Database) -> list[dict[str, Any]]:
    """Every chat with its number of messages and the time of the last, most recent first."""
    return list(
        db.query(
            "SELECT c.*, COUNT(m.id) AS messages, MAX(m.sent_at) AS last_message_at, "
            "COUNT(CASE WHEN m.origin = 'owner' THEN 1 END) AS owner_messages "
            "FROM chats c LEFT JOIN messages m ON m.chat_id = c.id "
            "GROUP BY c.id ORDER BY last_message_at DESC, c.id"
        )
    )


def chat_names(db: Database) -> list[tuple[int, str]]:
    """(number, name) of every chat, by name; quick however many messages there are."""
    return list(db.execute("SELECT id, name FROM chats ORDER BY name COLLATE NOCASE, id"))


def set_mode(db: Database, chat_id: int, mode: str) -> None:
    """Raises InputError for anything but off, log, draft or auto."""
    if mode not in MODES:
        raise InputError(f"mode '{mode}': not a mode; use one of {', '.join(MODES)}")
    db.execute("UPDATE chats SET mode = ? WHERE id = ?", [mode, chat_id])


def switch_chat(db: Database, chat: Chat, mode: str) -> None:
    """Set the mode as the owner chose it; a mode with replies also ends a pause.

    Raises InputError for what is no mode, and for the owner's chat with themselves.
    """
    if chat.kind == "self":
        raise InputError(
            f"{chat.name}: this is your chat with yourself; it stays as it is",
            reason=ErrorReason.OWN_CHAT,
        )
    with transaction(db):
        set_mode(db, chat.id, mode)
        if mode in ("auto", "draft"):
            pause_chat(db, chat.id, None)


def set_note(db: Database, chat_id: int, note: str) -> None:
    """In this chat and in those with the same friend elsewhere: see `storage.people`."""
    db.execute(
        "UPDATE chats SET note = :note WHERE id = :chat OR id IN (SELECT chat_id FROM people "
        "WHERE person = (SELECT person FROM people WHERE chat_id = :chat))",
        {"note": note, "chat": chat_id},
    )


def pause_chat(db: Database, chat_id: int, until: int | None) -> None:
    """Silence the twin there until that time in UTC milliseconds; None lifts the pause."""
    db.execute("UPDATE chats SET paused_until = ? WHERE id = ?", [until, chat_id])
