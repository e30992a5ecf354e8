"""What the owner recorded about learning from a chat: who agreed or withdrew it, and when."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlite_utils import Database

from storage.chat_deletion import mark_forgotten, note_forgetting
from storage.chats import get_chat
from storage.database import transaction
from storage.errors import InputError
from storage.fact_reading import drop_facts_of_chat
from storage.reasons import ErrorReason
from storage.texts import Text
from storage.values import storable

LONGEST_NAME = 200  # characters


@dataclass(frozen=True, slots=True)
class Consent:
    """By whom the chat may be learnt from, or no longer (`agreed` False). `at` in UTC ms.

    It is what the owner says; nobody else was asked.
    """

    by: str
    agreed: bool
    at: int


_COLUMNS = "by, agreed, at"


def consents(db: Database) -> dict[int, Consent]:
    """Chat → what was said last; chats without any are left out."""
    rows = db.execute(f"SELECT chat_id, {_COLUMNS} FROM consents ORDER BY id")
    return {chat: Consent(by, bool(agreed), at) for chat, by, agreed, at in rows}


def chats_on(db: Database, platforms: Collection[str]) -> set[int]:
    """Chats with others on these platforms, also those that a Matrix bridge brings from there.

    A bridged chat is called "Ann (Telegram)", and accounts in it `@telegram_12345:example.org`.
    """
    found: set[int] = set()
    for platform in platforms:
        rows = db.execute(
            "SELECT id FROM chats WHERE kind != 'self' AND (platform = :platform "
            "OR (platform = 'matrix' AND name LIKE '% (' || :platform || ')') OR id IN ("
            "SELECT m.chat_id FROM contacts p JOIN messages m ON m.sender_id = p.id "
            "WHERE p.external_id GLOB '@' || :platform || '_*:*'))",
            {"platform": platform},
        )
        found |= {chat for (chat,) in rows}
    return found


def consent_of(db: Database, chat_id: int) -> Consent | None:
    """What was said last about this chat."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM consents WHERE chat_id = ? ORDER BY id DESC LIMIT 1", [chat_id]
    ).fetchone()
    return Consent(row[0], bool(row[1]), row[2]) if row else None


def record_consent(db: Database, chat_id: int, by: str | None, now: int) -> Consent:
    """Everyone in the chat agrees. `by`: who they are; in a direct chat it is the friend.

    Raises InputError for a group without names and for the owner's chat with themselves.
    """
    return _record(db, chat_id, by, True, now)


def withdraw_consent(db: Database, chat_id: int, by: str | None, now: int) -> list[str]:
    """Somebody does not agree any more, or never did: nothing of the chat is learnt from now on.

    The adapters that learnt from it are marked as when a chat is forgotten, and a run that reads it
    is thrown away; the names of the adapters. `training.forgetting` deletes their files. Facts that
    the chat states go too.
    """
    with transaction(db):
        _record(db, chat_id, by, False, now)
        drop_facts_of_chat(db, chat_id)
        marked = mark_forgotten(db, chat_id)
        note_forgetting(db)
    return marked


def _record(db: Database, chat_id: int, by: str | None, agreed: bool, now: int) -> Consent:
    with transaction(db):
        chat = get_chat(db, chat_id)
        if chat.kind == "self":
            raise InputError(
                f"{chat.name}: this is your chat with yourself; nobody else is to be asked",
                reason=ErrorReason.OWN_CHAT,
            )
        who = " ".join(storable(by or "").split())[:LONGEST_NAME]
        if not who and chat.kind == "group" and agreed:
            raise InputError(
                Text("{chat}: a group; name everyone in it who agreed, with --by", chat=chat.name)
            )
        consent = Consent(who or chat.name, agreed, now)
        db.execute(
            f"INSERT INTO consents (chat_id, {_COLUMNS}) VALUES (?, ?, ?, ?)",
            [chat_id, consent.by, agreed, now],
        )
    return consent
