"""Search the text of all messages, Chinese included.

SQLite's tokenizer sees a run of Chinese as one word, so a word inside it is never found. Each CJK
character is indexed as a word of its own and a query becomes a phrase of them: any Chinese word of
any length is found, and Latin words stay words. The index holds no second copy of the text.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlite_utils import Database

from storage.values import storable

_CJK = re.compile(
    r"[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U00020000-\U0003347f]"
)


def spaced(text: str) -> str:
    """The text with every CJK character set off by spaces."""
    return text if text.isascii() else _CJK.sub(lambda match: f" {match[0]} ", text)


def register_search_functions(connection: sqlite3.Connection) -> None:
    connection.create_function("spaced", 1, spaced, deterministic=True)


_INDEX_NEW = (
    "CREATE TRIGGER messages_fts_ai AFTER INSERT ON messages BEGIN "
    "INSERT INTO messages_fts(rowid, text) VALUES (new.id, spaced(new.text)); END"
)


def create_message_index(db: Database) -> None:
    """Contentless FTS5 table, kept in step by triggers whatever code writes a message."""
    remove = (
        "INSERT INTO messages_fts(messages_fts, rowid, text) "
        "VALUES ('delete', old.id, spaced(old.text));"
    )
    add = "INSERT INTO messages_fts(rowid, text) VALUES (new.id, spaced(new.text));"
    db.execute("CREATE VIRTUAL TABLE messages_fts USING fts5(text, content='')")
    db.execute(_INDEX_NEW)
    db.execute(f"CREATE TRIGGER messages_fts_ad AFTER DELETE ON messages BEGIN {remove} END")
    db.execute(
        f"CREATE TRIGGER messages_fts_au AFTER UPDATE OF text ON messages BEGIN {remove} {add} END"
    )


def compact_message_index(db: Database) -> None:
    """Merge the index into one piece: until then, words of deleted messages stay in it."""
    db.execute("INSERT INTO messages_fts(messages_fts) VALUES ('optimize')")


@contextmanager
def indexed_together(db: Database) -> Iterator[None]:
    """Index all messages that are logged inside at the end; only within a transaction.

    After each statement that fires a trigger, FTS5 writes out what it has gathered: message by
    message the index takes eight times as long as the rows themselves.
    """
    (last,) = db.execute("SELECT COALESCE(MAX(id), 0) FROM messages").fetchone()
    db.execute("DROP TRIGGER messages_fts_ai")
    yield
    db.execute(
        "INSERT INTO messages_fts(rowid, text) SELECT id, spaced(text) FROM messages WHERE id > ?",
        [last],
    )
    db.execute(_INDEX_NEW)


def search_messages(db: Database, query: str, *, limit: int = 50) -> list[dict[str, Any]]:
    """Messages that contain every word of the query, newest first."""
    words = [spaced(word).strip() for word in storable(query).replace("\0", " ").split()]
    phrases = " ".join('"' + word.replace('"', '""') + '"' for word in words if word)
    if not phrases:
        return []
    return list(
        db.query(
            "SELECT m.* FROM messages_fts f JOIN messages m ON m.id = f.rowid "
            "WHERE messages_fts MATCH ? ORDER BY m.sent_at DESC, m.id DESC LIMIT ?",
            [phrases, limit],
        )
    )
