"""Changed messages: the newest wording counts, the earlier ones are kept."""

import json
from collections.abc import Iterable
from typing import NamedTuple

from sqlite_utils import Database

from storage.corrections import note_rewording
from storage.echoes import ALIKE, same_words
from storage.messages import Origin
from storage.reasons import BurstReason
from storage.recalls import drop_draft

_KEPT = 20  # wordings of one message: the first, and the newest


class Changed(NamedTuple):
    """A message that was changed: whose it is, whether it was told live, its words before."""

    message_id: int
    origin: Origin
    is_live: bool
    before: str


def change_wording(
    db: Database, chat_id: int, external_id: str, text: str, *, at: int
) -> Changed | None:
    """Put the message into these words; None: it was not changed.

    Platforms report as a change what changes no word, such as the picture of a link, and change
    what the twin sent as they do in its echo. What was taken back stays so. A draft that answered
    a friend's earlier words is dropped, and the burst is open.
    """
    row = db.execute(
        "SELECT id, origin, source = 'live', text FROM messages WHERE chat_id = ? "
        "AND external_id = ? AND recalled_at IS NULL AND kind = 'text'",
        [chat_id, external_id],
    ).fetchone()
    if row is None:
        return None
    changed = Changed(row[0], row[1], bool(row[2]), row[3])
    same = changed.origin == "twin" and same_words(changed.before, text) >= ALIKE
    if changed.before == text or same:
        return None
    _keep(db, changed, at)
    db.execute("UPDATE messages SET text = ? WHERE id = ?", [text, changed.message_id])
    if changed.origin == "twin":
        note_rewording(db, chat_id, external_id, text, at)
    if changed.origin == "peer":
        drop_draft(db, chat_id, changed.message_id, BurstReason.EDITED, now=at)
    return changed


def _keep(db: Database, changed: Changed, at: int) -> None:
    message = {"message": changed.message_id, "text": changed.before, "at": at}
    db.execute(
        "INSERT INTO earlier_wordings (message_id, text, until) VALUES (:message, :text, :at)",
        message,
    )
    of_it = "FROM earlier_wordings WHERE message_id = :message"
    db.execute(
        f"DELETE {of_it} AND rowid NOT IN (SELECT MIN(rowid) {of_it}) "
        f"AND rowid NOT IN (SELECT rowid {of_it} ORDER BY rowid DESC LIMIT {_KEPT - 1})",
        message,
    )


def earlier_wordings(db: Database, message_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """What those of the messages that were changed said before, oldest first, by message."""
    rows = db.execute(
        "SELECT message_id, text FROM earlier_wordings WHERE message_id IN "
        "(SELECT value FROM json_each(?)) ORDER BY rowid",
        [json.dumps(list(message_ids))],
    )
    found: dict[int, tuple[str, ...]] = {}
    for message_id, text in rows.fetchall():
        found[message_id] = (*found.get(message_id, ()), text)
    return found
