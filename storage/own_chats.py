"""The owner's chats with themselves, where they can be told of things."""

from typing import NamedTuple

from sqlite_utils import Database


class OwnChat(NamedTuple):
    id: int
    platform: str
    name: str


def is_own_chat(db: Database, platform: str, external_id: str) -> bool:
    """Whether what is for the owner alone may be sent there."""
    row = db.execute(
        "SELECT 1 FROM chats WHERE platform = ? AND external_id = ? AND kind = 'self'",
        [platform, external_id],
    ).fetchone()
    return row is not None


def own_chats(db: Database) -> list[OwnChat]:
    """Those that are not off. The one where the owner wrote last comes first.

    What an export brought says nothing of where a connector reaches them.
    """
    rows = db.execute(
        "SELECT c.id, c.platform, c.name FROM chats c WHERE c.kind = 'self' AND c.mode != 'off' "
        "ORDER BY (SELECT MAX(sent_at) FROM messages m WHERE m.chat_id = c.id "
        "AND m.origin = 'owner' AND m.source = 'live') DESC"
    )
    return [OwnChat(*row) for row in rows.fetchall()]
