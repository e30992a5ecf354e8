"""Find the chat and the contact of the log that an imported message belongs to."""

import sqlite3
from collections.abc import Sequence

from sqlite_utils import Database

from storage.chats import upsert_chat, upsert_contact
from storage.importers.base import ImportedMessage
from storage.importers.merge_logged import LoggedDouble
from storage.importers.one_chat import OneChat
from storage.importers.told_same import ToldSame
from storage.migrations import migrate
from storage.search import register_search_functions
from storage.values import StoringConnection, storable


class ChatIdentities:
    """Row ids of chats and contacts; each is looked up once.

    Raises InputError where what the owner says of the `same` chats doesn't fit.
    """

    def __init__(self, db: Database, same: Sequence[ToldSame] = ()) -> None:
        self.db = db
        self._same = [OneChat(db, told) for told in same]
        self._chats: dict[tuple[str, str, str], int] = {}
        self._contacts: dict[tuple[str, str, str], int] = {}

    @property
    def chats_found(self) -> set[int]:
        return set(self._chats.values())

    @property
    def told_same(self) -> set[int]:
        """The chats of which the owner says that they are one under several names."""
        return {one.row for one in self._same if one.row is not None}

    @property
    def logged_doubles(self) -> list[LoggedDouble]:
        """Chats of the log that the owner says are one."""
        return [double for one in self._same for double in one.logged_doubles]

    def check_same(self) -> None:
        """After all messages. Raises InputError where the owner named a chat that isn't there."""
        for one in self._same:
            one.check_found({name for _, _, name in self._chats})

    def chat(self, message: ImportedMessage, platform: str) -> int:
        key = (platform, message.chat_id, message.chat_name)
        if key not in self._chats:
            self._chats[key] = self._told_chat(message, platform)
        return self._chats[key]

    def contact(self, message: ImportedMessage, platform: str) -> int:
        key = (platform, message.sender_id, message.sender_name)
        if key not in self._contacts:
            self._contacts[key] = upsert_contact(
                self.db, platform, storable(message.sender_id), storable(message.sender_name)
            )
        return self._contacts[key]

    def _told_chat(self, message: ImportedMessage, platform: str) -> int:
        one = next((one for one in self._same if one.holds(message, platform)), None)
        if one is None:
            return self._find_chat(message, platform)
        own = one.row if one.row is not None else self._find_chat(message, platform)
        return one.take(message, platform, own)

    def _find_chat(self, message: ImportedMessage, platform: str) -> int:
        id_, name = storable(message.chat_id), storable(message.chat_name)
        known = self.db.execute(
            "SELECT 1 FROM chats WHERE platform = ? AND external_id = ?", [platform, id_]
        ).fetchone()
        if known is None:
            same = self._same_by_name(platform, name, message)
            if same is not None:
                return same
        return upsert_chat(self.db, platform, id_, name, kind=message.chat_kind).id

    def _same_by_name(self, platform: str, name: str, message: ImportedMessage) -> int | None:
        """The chat that another program exported: one knows its id, another only its name.

        A name that two chats share decides nothing.
        """
        rows = self.db.execute(
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
        self.db.execute(
            "UPDATE chats SET external_id = ? WHERE id = ?", [storable(message.chat_id), row_id]
        )
        return row_id


def copy_of_chats(db: Database) -> Database:
    """The chats alone, in memory: finding a message's chat may add and rename some."""
    copy = Database(sqlite3.connect(":memory:", isolation_level=None, factory=StoringConnection))
    register_search_functions(copy.conn)
    migrate(copy)
    for chat in db.execute("SELECT * FROM chats").fetchall():
        copy.execute(f"INSERT INTO chats VALUES ({', '.join('?' for _ in chat)})", chat)
    return copy
