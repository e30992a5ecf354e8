"""The past of one chat as shown by its platform: in order, each message once, in its last words."""

import pickle
import sqlite3
from collections.abc import Iterator

from storage.importers.base import ImportedMessage

_TABLES = """
CREATE TABLE messages (
    number INTEGER PRIMARY KEY, sent_at INTEGER NOT NULL, external_id TEXT UNIQUE, message BLOB
);
CREATE INDEX in_order ON messages(sent_at, number DESC);
CREATE TABLE changed (external_id TEXT PRIMARY KEY, at INTEGER NOT NULL, text TEXT NOT NULL);
CREATE TABLE recalled (external_id TEXT PRIMARY KEY);
"""
_IN_ORDER = (
    "SELECT message, changed.text, recalled.external_id IS NOT NULL FROM messages "
    "LEFT JOIN changed USING (external_id) LEFT JOIN recalled USING (external_id) "
    "ORDER BY sent_at, number DESC"
)


class PastOfChat:
    """Takes what is shown, the newest first, and gives messages, the oldest first.

    It lies in a temporary file without a name that is gone with the process. One thread at a time.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")
        self.messages = 0

    def add(self, message: ImportedMessage) -> None:
        """Pages may overlap: a message with an id that came before is the same."""
        row = (message.sent_at, message.external_id, pickle.dumps(message))
        added = self._db.execute(
            "INSERT OR IGNORE INTO messages (sent_at, external_id, message) VALUES (?, ?, ?)", row
        )
        self.messages += added.rowcount

    def change(self, external_id: str, text: str, at: int) -> None:
        """Of several changes the last counts; `at` in UTC milliseconds."""
        self._db.execute(
            "INSERT INTO changed VALUES (?, ?, ?) ON CONFLICT DO UPDATE "
            "SET at = excluded.at, text = excluded.text WHERE excluded.at > at",
            [external_id, at, text],
        )

    def recall(self, external_id: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO recalled VALUES (?)", [external_id])

    def in_order(self) -> Iterator[ImportedMessage]:
        for pickled, text, is_recalled in self._db.execute(_IN_ORDER):
            # Safe: nobody else could write into this file.
            message: ImportedMessage = pickle.loads(pickled)
            if text is not None and message.kind == "text":
                message = message._replace(text=text, edited=True)
            yield message._replace(recalled=True) if is_recalled else message

    def close(self) -> None:
        self._db.close()
