"""Find the chat and the contact of the log that an imported message belongs to."""

import sqlite3

from sqlite_utils import Database

from storage.chats import upsert_chat, upsert_contact
from storage.importers.base import ImportedMessage
from storage.migrations import migrate
from storage.values import StoringConnection, storable


class ChatIdentities:
    """Row ids of chats and contacts; each is looked up once."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._chats: dict[tuple[str, str, str], int] = {}
        self._contacts: dict[tuple[str, str, str], int] = {}

    @property
    def chats_found(self) -> set[int]:
        return set(self._chats.values())

    def chat(self, message: ImportedMessage, platform: str) -> int:
        key = (platform, message.chat_id, message.chat_name)
        if key not in self._chats:
            self._chats[key] = self._find_chat(message, platform)
        return self._chats[key]

    def contact(self, message: ImportedMessage, platform: str) -> int:
        key = (platform, message.sender_id, message.sender_name)
        if key not in self._contacts:
            self._contacts[key] = upsert_contact(
                self._db, platform, storable(message.sender_id), storable(message.sender_name)
            )
        return self._contacts[key]

    def _find_chat(self, message: ImportedMessage, platform: str) -> int:
        id_, name = storable(message.chat_id), storable(message.chat_name)
        known = self._db.execute(
            "SELECT 1 FROM chats WHERE platform = ? AND external_id = ?", [platform, id_]
        ).fetchone()
        if known is None:
            same = self._same_by_name(platform, name, message)
            if same is not None:
                return same
        return upsert_chat(self._db, platform, id_, name, kind=message.chat_kind).id

    def _same_by_name(self, platform: str, name: str, message: ImportedMessage) -> int | None:
        """The chat that another program exported: one knows its id, another only its name.

        A name that two chats share decides nothing.
        """
        rows = self._db.execute(
            "SELECT id, external_id FROM chats WHERE platform = ? AND name = ? AND kind = ?",
            [platform, name, message.chat_kind],
        ).fetchall()
        if len(rows) != 1:
            return None
        row_id, external_id = int(rows[0][0]), rows[0][1]
        if message.chat_id_is_name:
            return row_id
        if external_id != name:
            return None
        # It was known by name alone until now. Live messages come under the id.
        self._db.execute(
            "UPDATE chats SET external_id = ? WHERE id = ?", [storable(message.chat_id), row_id]
        )
        return row_id


def copy_of_chats(db: Database) -> Database:
    """The chats alone, in memory: finding a message's chat may add and rename some."""
    copy = Database(sqlite3.connect(":memory:", isolation_level=None, factory=StoringConnection))
    migrate(copy)
    for chat in db.execute("SELECT * FROM chats").fetchall():
        copy.execute(f"INSERT INTO chats VALUES ({', '.join('?' for _ in chat)})", chat)
    return copy
