"""Steps of the schema from 20 on. Released ones are never edited: add one at the end."""

from sqlite_utils import Database

from storage.search import create_message_index
from storage.stale_chats import create_passages


def m020_facts(db: Database) -> None:
    """What messages say of the owner or a friend, and to whom the owner released which.

    A fact goes with its message, whatever code deletes, changes or takes it back. Numbers of facts
    are never given again: the owner may release what they saw a while ago. `facts_read` says how
    far each reader has read a chat, `facts_changed` which messages it is to read once more;
    SQLite gives the numbers of the newest messages again when those are deleted.
    """
    db.execute(
        "CREATE TABLE facts (id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "chat_id INTEGER REFERENCES chats(id) ON DELETE CASCADE, "
        "message_id INTEGER REFERENCES messages(id) ON DELETE CASCADE, "
        "about TEXT NOT NULL, kind TEXT NOT NULL, slot TEXT, value TEXT NOT NULL, "
        "text TEXT NOT NULL, said_at INTEGER NOT NULL, valid_from INTEGER NOT NULL, "
        "valid_until INTEGER, state TEXT NOT NULL, found_by TEXT NOT NULL)"
    )
    db.execute("CREATE UNIQUE INDEX facts_once ON facts(message_id, kind, slot, value)")
    db.table("facts").create_index(["chat_id"])
    db.table("facts").create_index(["slot", "about", "said_at"])
    db.execute(
        "CREATE TABLE releases (fact_id INTEGER NOT NULL REFERENCES facts(id) ON DELETE CASCADE, "
        "chat_id INTEGER REFERENCES chats(id) ON DELETE CASCADE)"
    )
    db.execute("CREATE UNIQUE INDEX releases_once ON releases(fact_id, COALESCE(chat_id, 0))")
    db.table("releases").create_index(["chat_id"])
    db.execute(
        "CREATE TABLE facts_read (chat_id INTEGER NOT NULL REFERENCES chats(id) ON DELETE CASCADE, "
        "reader TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (chat_id, reader))"
    )
    db.table("facts_read").create_index(["until"])
    db.execute(
        "CREATE TABLE facts_changed (reader TEXT NOT NULL, message_id INTEGER NOT NULL "
        "REFERENCES messages(id) ON DELETE CASCADE, PRIMARY KEY (message_id, reader))"
    )
    _create_fact_triggers(db)


def _create_fact_triggers(db: Database) -> None:
    words = "{0}.text, {0}.kind, {0}.origin, {0}.chat_id, {0}.recalled_at"
    db.execute(
        "CREATE TRIGGER facts_of_changed "
        "AFTER UPDATE OF text, kind, origin, chat_id, recalled_at ON messages "
        f"WHEN ({words.format('old')}) IS NOT ({words.format('new')}) BEGIN "
        "DELETE FROM facts WHERE message_id = new.id; "
        "INSERT OR IGNORE INTO facts_changed (message_id, reader) SELECT new.id, reader "
        "FROM facts_read WHERE chat_id = new.chat_id AND until >= new.id; END"
    )
    db.execute(
        "CREATE TRIGGER facts_of_moved AFTER UPDATE OF sent_at ON messages "
        "WHEN old.sent_at != new.sent_at BEGIN "
        "UPDATE facts SET said_at = new.sent_at, "
        "valid_from = iif(valid_from = said_at, new.sent_at, valid_from) "
        "WHERE message_id = new.id; END"
    )
    newest = "(SELECT COALESCE(MAX(id), 0) FROM messages)"
    db.execute(
        "CREATE TRIGGER facts_read_of_deleted AFTER DELETE ON messages "
        f"WHEN old.id > {newest} BEGIN "
        f"UPDATE facts_read SET until = {newest} WHERE until > {newest}; END"
    )


def m021_passages(db: Database) -> None:
    """What is looked up in one chat: its words by the index itself, and its passages.

    The index knew no chats: what a word found in all of them was looked through for those of one.
    """
    for name in ("ai", "ad", "au"):
        db.execute(f"DROP TRIGGER messages_fts_{name}")
    db.execute("DROP TABLE messages_fts")
    create_message_index(db)
    create_passages(db)


def m022_memory_in_use(db: Database) -> None:
    """`adapters.memory`: whether an adapter's samples showed what was said earlier.

    `decision_memory`: which messages the twin was shown for a reply. What is taken back or deleted
    is gone from there too.
    """
    db.execute("ALTER TABLE adapters ADD COLUMN memory INTEGER NOT NULL DEFAULT 0")
    db.execute(
        "CREATE TABLE decision_memory ("
        "decision_id INTEGER NOT NULL REFERENCES decisions(id) ON DELETE CASCADE, "
        "message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE, "
        "PRIMARY KEY (decision_id, message_id)) WITHOUT ROWID"
    )
    db.table("decision_memory").create_index(["message_id"])
    db.execute(
        "CREATE TRIGGER recalled_is_not_shown AFTER UPDATE OF recalled_at ON messages "
        "WHEN NEW.recalled_at IS NOT NULL "
        "BEGIN DELETE FROM decision_memory WHERE message_id = NEW.id; END"
    )


def m023_fact_vectors(db: Database) -> None:
    """Facts are found by their meaning, as passages are. A vector goes with its fact, and with the
    words that it was made of.
    """
    db.execute(
        "CREATE TABLE fact_vectors (vector BLOB NOT NULL, "
        "fact_id INTEGER PRIMARY KEY REFERENCES facts(id) ON DELETE CASCADE)"
    )
    db.execute(
        "CREATE TRIGGER fact_vectors_au AFTER UPDATE OF text ON facts WHEN old.text != new.text "
        "BEGIN DELETE FROM fact_vectors WHERE fact_id = old.id; END"
    )
