"""Steps of the schema from 24 on. Released ones are never edited: add one at the end."""

from sqlite_utils import Database

from storage.media_texts import create_media_texts


def m024_blind_test(db: Database) -> None:
    """Which of two answers people took for the owner's, and what they think of the twin's replies.

    Of a pair only the twin's answer is stored: the rest are messages of the log. It goes when one
    of them is deleted, changed, moved or taken back.
    """
    db.execute(
        "CREATE TABLE blind_pairs (id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "chat_id INTEGER NOT NULL REFERENCES chats(id) ON DELETE CASCADE, "
        "adapter_id INTEGER NOT NULL REFERENCES adapters(id) ON DELETE CASCADE, "
        "twin TEXT NOT NULL, twin_first INTEGER NOT NULL, made_at INTEGER NOT NULL)"
    )
    db.table("blind_pairs").create_index(["chat_id", "adapter_id"])
    db.table("blind_pairs").create_index(["adapter_id"])
    db.execute(
        "CREATE TABLE blind_messages ("
        "pair_id INTEGER NOT NULL REFERENCES blind_pairs(id) ON DELETE CASCADE, "
        "message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE, "
        "part TEXT NOT NULL, PRIMARY KEY (pair_id, message_id)) WITHOUT ROWID"
    )
    db.table("blind_messages").create_index(["message_id"])
    db.execute(
        "CREATE TABLE blind_answers ("
        "pair_id INTEGER NOT NULL REFERENCES blind_pairs(id) ON DELETE CASCADE, "
        "who TEXT NOT NULL, took_twin INTEGER NOT NULL, at INTEGER NOT NULL, "
        "PRIMARY KEY (pair_id, who)) WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE blind_links (token TEXT PRIMARY KEY, "
        "chat_id INTEGER NOT NULL REFERENCES chats(id) ON DELETE CASCADE, "
        "created_at INTEGER NOT NULL, revoked_at INTEGER)"
    )
    db.table("blind_links").create_index(["chat_id"])
    db.execute(
        "CREATE TABLE thumbs (message_id INTEGER PRIMARY KEY "
        "REFERENCES messages(id) ON DELETE CASCADE, up INTEGER NOT NULL, at INTEGER NOT NULL)"
    )
    _create_blind_triggers(db)


def _create_blind_triggers(db: Database) -> None:
    words = "{0}.text, {0}.kind, {0}.origin, {0}.chat_id, {0}.recalled_at"
    changed = f"({words.format('old')}) IS NOT ({words.format('new')})"
    db.execute(
        "CREATE TRIGGER blind_pairs_of_deleted AFTER DELETE ON blind_messages BEGIN "
        "DELETE FROM blind_pairs WHERE id = old.pair_id; END"
    )
    db.execute(
        "CREATE TRIGGER blind_pairs_of_changed "
        "AFTER UPDATE OF text, kind, origin, chat_id, recalled_at ON messages "
        f"WHEN {changed} BEGIN DELETE FROM blind_pairs WHERE id IN "
        "(SELECT pair_id FROM blind_messages WHERE message_id = new.id); END"
    )
    db.execute(
        "CREATE TRIGGER thumbs_of_changed AFTER UPDATE OF text, origin ON messages "
        "WHEN (old.text, old.origin) IS NOT (new.text, new.origin) BEGIN "
        "DELETE FROM thumbs WHERE message_id = new.id; END"
    )


def m025_unread(db: Database) -> None:
    """Up to which message of friends the owner has seen each chat: so far all of them."""
    db.execute(
        "CREATE TABLE seen_chats (chat_id INTEGER PRIMARY KEY "
        "REFERENCES chats(id) ON DELETE CASCADE, message_id INTEGER NOT NULL)"
    )
    db.execute(
        "INSERT INTO seen_chats SELECT chat_id, MAX(id) FROM messages "
        "WHERE source = 'live' AND origin = 'peer' GROUP BY chat_id"
    )


def m026_push_devices(db: Database) -> None:
    """Browsers that show the owner's notices. Each goes with the key that it was added for."""
    db.execute(
        "CREATE TABLE push_devices (id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "endpoint TEXT NOT NULL UNIQUE, p256dh TEXT NOT NULL, auth TEXT NOT NULL, "
        "server_key TEXT NOT NULL, name TEXT NOT NULL, language TEXT NOT NULL, "
        "added_at INTEGER NOT NULL, told_at INTEGER, failure INTEGER)"
    )


def m027_media_texts(db: Database) -> None:
    """What a machine read in the files of messages: voices, pictures, stickers."""
    create_media_texts(db)


def m028_stickers(db: Database) -> None:
    """Which sticker of the owner's a piece repeats. Forgotten, it can't be sent any more."""
    db.execute(
        "ALTER TABLE outbox ADD COLUMN sticker INTEGER REFERENCES messages(id) ON DELETE SET NULL"
    )
    db.table("outbox").create_index(["sticker"])


def m029_files_of_messages(db: Database) -> None:
    """Messages with a file are few among many."""
    db.execute("CREATE INDEX idx_messages_media ON messages(id) WHERE media IS NOT NULL")


def m030_speech_consents(db: Database) -> None:
    """That the twin may speak with the owner's voice: what they said, in which recording, when."""
    db.execute(
        "CREATE TABLE speech_consents (id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "sentence TEXT NOT NULL, recording TEXT NOT NULL, at INTEGER NOT NULL, "
        "withdrawn_at INTEGER)"
    )
