"""How far the past of each chat was brought, as long as a run over its platform is not done."""

import json
from collections.abc import Sequence

from sqlite_utils import Database


def brought_until(db: Database, platform: str, chat_external_id: str, since: int) -> int | None:
    """Until when the chat's past from `since` on is in the log, in UTC milliseconds."""
    row = db.execute(
        "SELECT until FROM histories h JOIN chats c ON c.id = h.chat_id "
        "WHERE c.platform = ? AND c.external_id = ? AND h.since <= ?",
        [platform, chat_external_id, since],
    ).fetchone()
    return None if row is None else int(row[0])


def note_brought(
    db: Database, platform: str, chat_external_id: str, *, since: int, until: int
) -> None:
    """Of a chat that has no message yet, nothing is noted: it is soon read again."""
    db.execute(
        "INSERT OR REPLACE INTO histories (since, until, chat_id) "
        "SELECT ?, ?, id FROM chats WHERE platform = ? AND external_id = ?",
        [since, until, platform, chat_external_id],
    )


def run_is_done(db: Database, platform: str) -> None:
    """The next run reads all again: a platform may show more of the past by then."""
    db.execute(
        "DELETE FROM histories WHERE chat_id IN (SELECT id FROM chats WHERE platform = ?)",
        [platform],
    )


def modes_of(db: Database, platform: str) -> dict[str, str]:
    """The mode of each chat of the platform, by its id there."""
    rows = db.execute("SELECT external_id, mode FROM chats WHERE platform = ?", [platform])
    return dict(rows.fetchall())


def may_be_stored(db: Database, platform: str, chat_external_id: str, *, was_logged: bool) -> bool:
    """Whether the owner has neither switched the chat off meanwhile nor had it forgotten."""
    row = db.execute(
        "SELECT mode FROM chats WHERE platform = ? AND external_id = ?",
        [platform, chat_external_id],
    ).fetchone()
    return not was_logged if row is None else row[0] != "off"


def count_not_logged(
    db: Database, platform: str, chat_external_id: str, external_ids: Sequence[str]
) -> int:
    """How many of these messages of the chat the log does not have."""
    row = db.execute(
        "SELECT COUNT(*) FROM json_each(?) WHERE value NOT IN (SELECT m.external_id "
        "FROM messages m JOIN chats c ON c.id = m.chat_id WHERE c.platform = ? "
        "AND c.external_id = ? AND m.external_id IS NOT NULL)",
        [json.dumps(external_ids), platform, chat_external_id],
    ).fetchone()
    return int(row[0])
