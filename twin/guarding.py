"""The guard, where [policy] wants it, with the log at its side."""

from asyncio import to_thread
from pathlib import Path

from sqlite_utils import Database

from storage.copies import said_elsewhere
from storage.database import file_of, reading
from twin import guard
from twin.config import Policy


def topic_of_owner(policy: Policy, text: str) -> str | None:
    """The topic of a friend's words that is the owner's alone; None when the twin may answer."""
    return guard.needs_owner(text) if policy.guard else None


async def held_back(policy: Policy, db: Database, reply: str, chat_id: int | None) -> str | None:
    """Why a reply must not go to that chat; None when it may. Without a chat, all are others.

    In a thread: in a large log, common words are looked up for tens of milliseconds.
    """
    if not policy.guard:
        return None
    return await to_thread(_forbidden, file_of(db), reply, chat_id)


def _forbidden(path: Path, reply: str, chat_id: int | None) -> str | None:
    with reading(path) as db:
        return guard.forbidden_in(reply, lambda text: said_elsewhere(db, text, chat_id))
