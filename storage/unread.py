"""What friends wrote in a chat since the owner last saw it: on a page, or writing there."""

import json
from collections.abc import Iterable

from sqlite_utils import Database

from storage.database import write_if_free

# Only what came as it happened: an export that is imported was read long ago.
_LIVE = "FROM messages WHERE chat_id = {chat} AND source = 'live' AND origin = "
_NEW = (
    f"{_LIVE}'peer' AND id > MAX("
    "COALESCE((SELECT message_id FROM seen_chats WHERE chat_id = {chat}), 0), "
    f"COALESCE((SELECT MAX(id) {_LIVE}'owner'), 0))"
)


def unread_counts(db: Database, chat_ids: Iterable[int]) -> dict[int, int]:
    """How many messages of friends are new in each of these chats; 0 where there is none."""
    rows = db.execute(
        f"SELECT value, (SELECT COUNT(*) {_NEW.format(chat='value')}) FROM json_each(?)",
        [json.dumps(list(chat_ids))],
    )
    return dict(rows.fetchall())


def first_unread(db: Database, chat_id: int) -> int | None:
    """The number of the first message of a friend that is new."""
    row = db.execute(f"SELECT MIN(id) {_NEW.format(chat=':chat')}", {"chat": chat_id}).fetchone()
    return None if row[0] is None else int(row[0])


def mark_seen(db: Database, chat_id: int) -> None:
    """Nothing is new in the chat any more. Left out while another program writes."""
    write_if_free(
        db,
        "INSERT INTO seen_chats (chat_id, message_id) "
        f"SELECT ?1, MAX(id) {_LIVE.format(chat='?1')}'peer' HAVING MAX(id) IS NOT NULL "
        "ON CONFLICT (chat_id) DO UPDATE SET message_id = excluded.message_id",
        [chat_id],
    )
