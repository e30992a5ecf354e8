"""Which earlier messages the twin was shown before a reply."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from storage.media_texts import SAID


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message that the model was shown; `sent_at` in UTC milliseconds."""

    id: int
    chat_id: int
    sent_at: int
    text: str


def note_memory(db: Database, decision_id: int, message_ids: Iterable[int]) -> None:
    """Note those that are still there: one may have been taken back or forgotten meanwhile."""
    db.execute(
        "INSERT OR IGNORE INTO decision_memory (decision_id, message_id) SELECT ?, id "
        "FROM messages WHERE id IN (SELECT value FROM json_each(?)) AND recalled_at IS NULL",
        [decision_id, json.dumps(list(message_ids))],
    )


def memory_of_decisions(db: Database, decisions: Iterable[int]) -> dict[int, list[ShownMessage]]:
    """The messages shown for each of these decisions that was shown any, oldest first."""
    rows = db.execute(
        f"SELECT d.decision_id, m.id, m.chat_id, m.sent_at, {SAID.format('m')} "
        "FROM decision_memory d "
        "JOIN messages m ON m.id = d.message_id "
        "WHERE d.decision_id IN (SELECT value FROM json_each(?)) ORDER BY m.sent_at, m.id",
        [json.dumps(list(decisions))],
    )
    found: dict[int, list[ShownMessage]] = {}
    for decision_id, *message in rows:
        found.setdefault(decision_id, []).append(ShownMessage(*message))
    return found
