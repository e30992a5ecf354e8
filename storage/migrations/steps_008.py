"""Steps of the schema from 8 on. Released ones are never edited: add one at the end."""

from sqlite_utils import Database


def m008_forgetting(db: Database) -> None:
    """What forgetting a chat needs beyond deleting its rows.

    `adapter_chats` is what each adapter learnt from; one without any is of unknown origin: made
    before this table, or from a file. `adapters.forgotten_at` marks those that saw a forgotten
    chat. `forgettings` says when a chat was forgotten, not which, and whether all of it is off the
    disk; `files_to_delete` are its media. The indexes let SQLite find what refers to a deleted
    contact or message without reading everything.
    """
    db.table("adapter_chats").create(
        {"adapter_id": int, "chat_id": int},
        pk=("adapter_id", "chat_id"),
        foreign_keys=[("adapter_id", "adapters", "id")],
    )
    db.execute("ALTER TABLE adapters ADD COLUMN forgotten_at INTEGER")
    db.table("forgettings").create(
        {"id": int, "at": int, "finished_at": int}, pk="id", not_null={"at"}
    )
    db.table("files_to_delete").create({"path": str}, pk="path")
    db.table("messages").create_index(["sender_id"])
    db.table("decisions").create_index(["last_message_id"])


def m009_chats_at_a_glance(db: Database) -> None:
    """With the origin in it, this index alone suffices to count the messages of a chat by origin.

    Counting a log of a million messages read every message before.
    """
    db.execute("DROP INDEX idx_messages_chat_id_sent_at_id")
    db.table("messages").create_index(["chat_id", "sent_at", "id", "origin"])


def m010_owner_sessions(db: Database) -> None:
    """Who is logged in to the owner's pages.

    Kept here and not in the cookie alone, so that logging out and a new password end a session for
    good. The table holds the hash of each token: whoever reads a copy of the database can't log in.
    """
    db.table("owner_sessions").create(
        {
            "token_hash": str,
            "created_at": int,
            "seen_at": int,
            "language": str,
            "theme": str,
        },
        pk="token_hash",
        not_null={"created_at", "seen_at"},
    )


def m011_api_keys(db: Database) -> None:
    """Who may use the API. Only a key's hash is kept: who reads the database gets no key.

    A revoked key stays in the list, so its name may be given again: unique are the open ones.
    """
    db.table("api_keys").create(
        {
            "id": int,
            "name": str,
            "prefix": str,
            "hash": str,
            "scope": str,
            "created_at": int,
            "last_used_at": int,
            "revoked_at": int,
        },
        pk="id",
        not_null={"name", "prefix", "hash", "scope", "created_at"},
    )
    db.table("api_keys").create_index(["hash"], unique=True)
    db.execute("CREATE UNIQUE INDEX one_open_key ON api_keys(name) WHERE revoked_at IS NULL")


def m012_excluded_answers(db: Database) -> None:
    """Answers that the owner takes out of what is learnt.

    By chat and time of their first message, since answers are found again each time the log is read
    and have no number of their own.
    """
    db.table("excluded_answers").create(
        {"chat_id": int, "answered_at": int},
        pk=("chat_id", "answered_at"),
        foreign_keys=[("chat_id", "chats", "id")],
    )


def m013_what_is_open(db: Database) -> None:
    """What waits for an answer is found among what was said live, at its end.

    Each message of a friend asks three times; a busy chat of a large log was read whole each time,
    which took most of the way to a decision. Imported messages are not in the index.
    """
    db.execute("CREATE INDEX idx_messages_live ON messages(chat_id, origin) WHERE source = 'live'")


def m014_unfinished_imports(db: Database) -> None:
    """What an import that is still being written has changed, so that it can be taken back.

    The new messages, and for each other change the statement that undoes it. Both are empty once
    the import is whole.
    """
    db.table("unfinished_messages").create({"id": int}, pk="id")
    db.table("unfinished_changes").create({"id": int, "undo": str}, pk="id", not_null={"undo"})


def m015_the_owner_is_they(db: Database) -> None:
    """The reason for leaving the owner's own chat alone is worded "themselves" now.

    Reasons are compared as they are written, so those of earlier decisions change with the code.
    """
    db.execute(
        "UPDATE decisions SET reason = 'the owner''s chat with themselves' "
        "WHERE reason = 'the owner''s chat with himself'"
    )


def m016_edits_and_buttons(db: Database) -> None:
    """`earlier_wordings`: what a message said before it was changed; `until` is when it was.

    `outbox.commands`: JSON, the label and text of what the owner can do about a notice.
    """
    db.execute(
        "CREATE TABLE earlier_wordings (text TEXT NOT NULL, until INTEGER NOT NULL, "
        "message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE)"
    )
    db.table("earlier_wordings").create_index(["message_id"])
    db.execute("ALTER TABLE outbox ADD COLUMN commands TEXT")


def m017_people_and_consent(db: Database) -> None:
    """`people`: the chats with one friend on several platforms have the same number in `person`.

    Their note stands in each of them, so that whoever reads a chat has it. `consents` has what was
    said about learning from a chat, and when; the newest counts.
    """
    db.execute(
        "CREATE TABLE people (person INTEGER NOT NULL, "
        "chat_id INTEGER PRIMARY KEY REFERENCES chats(id) ON DELETE CASCADE)"
    )
    db.table("people").create_index(["person"])
    db.execute(
        "CREATE TABLE consents (id INTEGER PRIMARY KEY, "
        "chat_id INTEGER NOT NULL REFERENCES chats(id) ON DELETE CASCADE, "
        "by TEXT NOT NULL, agreed INTEGER NOT NULL, at INTEGER NOT NULL)"
    )
    db.table("consents").create_index(["chat_id"])


def m018_histories(db: Database) -> None:
    """`histories`: of which chats a run that is not done has brought what their platform shows.

    From `since` until `until`, in UTC milliseconds, so that the next run goes on where it was.
    """
    db.execute(
        "CREATE TABLE histories (since INTEGER NOT NULL, until INTEGER NOT NULL, "
        "chat_id INTEGER PRIMARY KEY REFERENCES chats(id) ON DELETE CASCADE)"
    )


def m019_keys_of_pieces(db: Database) -> None:
    """`outbox.key`: what a platform knows a piece by when it is sent again. Times are moved along
    with the machine's clock, so a key can't be made of them.
    """
    db.execute("ALTER TABLE outbox ADD COLUMN key TEXT")
    db.execute("UPDATE outbox SET key = 'twin-' || created_at || '-' || id")
    db.table("outbox").create_index(["key"], unique=True)
