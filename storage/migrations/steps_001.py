"""Steps 1 to 7 of the schema. They are released: never edit one, add a step to the last file."""

from sqlite_utils import Database


def m001_people_and_messages(db: Database) -> None:
    """The log itself. Everything else in the database can be rebuilt from these three tables.

    `dedupe_key` is how two exports of one chat meet without doubles; `external_id` is how live
    events do. Both are unique per chat, and either may be missing.
    """
    db.table("contacts").create(
        {"id": int, "platform": str, "external_id": str, "name": str, "alias": str},
        pk="id",
        not_null={"platform", "external_id", "name"},
    )
    db.table("contacts").create_index(["platform", "external_id"], unique=True)
    db.table("chats").create(
        {
            "id": int,
            "platform": str,
            "external_id": str,
            "name": str,
            "kind": str,
            "mode": str,
            "paused_until": int,
            "note": str,
        },
        pk="id",
        not_null={"platform", "external_id", "name", "kind", "mode"},
        defaults={"kind": "direct", "mode": "log"},
    )
    db.table("chats").create_index(["platform", "external_id"], unique=True)
    db.table("messages").create(
        {
            "id": int,
            "chat_id": int,
            "sender_id": int,
            "origin": str,
            "kind": str,
            "text": str,
            "sent_at": int,
            "source": str,
            "external_id": str,
            "reply_to": str,
            "recalled_at": int,
            "raw": str,
            "dedupe_key": str,
        },
        pk="id",
        not_null={"chat_id", "origin", "kind", "text", "sent_at", "source"},
        foreign_keys=[("chat_id", "chats", "id"), ("sender_id", "contacts", "id")],
    )
    db.table("messages").create_index(["chat_id", "sent_at", "id"])
    db.table("messages").create_index(["chat_id", "external_id"], unique=True)
    db.table("messages").create_index(["chat_id", "dedupe_key"], unique=True)
    _create_message_index(db)


def _create_message_index(db: Database) -> None:
    """Contentless FTS5 table, kept in step by triggers whatever code writes a message."""
    remove = (
        "INSERT INTO messages_fts(messages_fts, rowid, text) "
        "VALUES ('delete', old.id, spaced(old.text));"
    )
    add = "INSERT INTO messages_fts(rowid, text) VALUES (new.id, spaced(new.text));"
    db.execute("CREATE VIRTUAL TABLE messages_fts USING fts5(text, content='')")
    db.execute(f"CREATE TRIGGER messages_fts_ai AFTER INSERT ON messages BEGIN {add} END")
    db.execute(f"CREATE TRIGGER messages_fts_ad AFTER DELETE ON messages BEGIN {remove} END")
    db.execute(
        f"CREATE TRIGGER messages_fts_au AFTER UPDATE OF text ON messages BEGIN {remove} {add} END"
    )


def m002_replies(db: Database) -> None:
    """What the twin decided and what it wants to say, written before anything is sent.

    A decision and its outbox pieces are stored in one transaction, so a burst is either still
    open or fully answered on disk, whenever the process dies.
    """
    db.table("decisions").create(
        {
            "id": int,
            "chat_id": int,
            "last_message_id": int,
            "answered": int,
            "reason": str,
            "decided_at": int,
        },
        pk="id",
        not_null={"chat_id", "last_message_id", "answered", "reason", "decided_at"},
        foreign_keys=[("chat_id", "chats", "id"), ("last_message_id", "messages", "id")],
    )
    db.table("decisions").create_index(["chat_id", "last_message_id"])
    db.table("outbox").create(
        {
            "id": int,
            "chat_id": int,
            "decision_id": int,
            "text": str,
            "state": str,
            "external_id": str,
            "adapter": str,
            "created_at": int,
            "changed_at": int,
        },
        pk="id",
        not_null={"chat_id", "text", "state", "created_at", "changed_at"},
        foreign_keys=[("chat_id", "chats", "id"), ("decision_id", "decisions", "id")],
    )
    db.table("outbox").create_index(["chat_id", "state"])
    db.table("outbox").create_index(["state"])


def m003_training(db: Database) -> None:
    """Runs, their curves, and the adapters they made."""
    db.table("training_runs").create(
        {
            "id": int,
            "state": str,
            "reason": str,
            "error": str,
            "pid": int,
            "started_at": int,
            "heartbeat_at": int,
            "finished_at": int,
            "dataset_hash": str,
            "settings": str,
            "result": str,
        },
        pk="id",
        not_null={"state", "reason", "started_at"},
    )
    db.table("training_metrics").create(
        {"run_id": int, "step": int, "name": str, "value": float, "at": int},
        pk=("run_id", "step", "name"),
        foreign_keys=[("run_id", "training_runs", "id")],
    )
    db.table("adapters").create(
        {
            "id": int,
            "name": str,
            "base_model": str,
            "path": str,
            "rules": str,
            "dataset_hash": str,
            "metrics": str,
            "status": str,
            "run_id": int,
            "created_at": int,
            "promoted_at": int,
        },
        pk="id",
        not_null={"name", "base_model", "path", "rules", "status", "created_at"},
        foreign_keys=[("run_id", "training_runs", "id")],
    )
    db.table("adapters").create_index(["name"], unique=True)
    # SQLite itself keeps the promise that at most one adapter is live.
    db.execute("CREATE UNIQUE INDEX one_live_adapter ON adapters(status) WHERE status = 'live'")


def m004_invites(db: Database) -> None:
    """A friend's page is reached by a secret link; revoking it must not forget the chat."""
    db.table("invites").create(
        {"token": str, "chat_id": int, "created_at": int, "revoked_at": int},
        pk="token",
        not_null={"chat_id", "created_at"},
        foreign_keys=[("chat_id", "chats", "id")],
    )


def m005_echoes(db: Database) -> None:
    """When a sent piece came back as the owner's own message.

    The id that sending returned and the id of the echo are not the same on every platform, so
    "has an id" can't mean "its echo was seen": the echo of the twin would count as the owner's.
    """
    db.execute("ALTER TABLE outbox ADD COLUMN echoed_at INTEGER")


def m006_the_owner_in_charge(db: Database) -> None:
    """What the owner's rules need: mentions, media, edited drafts, pauses, times away.

    `outbox.words` is whose words a piece is: a draft that the owner edited is theirs, though the
    bot sends it. `approved_at` marks what the owner approved, whatever the policy says. `kind` is
    "notice" for what the program itself says (that this is a twin), which is nobody's style.
    `sending_at`: a send may hang for minutes, and its echo may have the time of its beginning.
    """
    db.execute("ALTER TABLE messages ADD COLUMN mentions_owner INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE messages ADD COLUMN media TEXT")
    db.execute("ALTER TABLE outbox ADD COLUMN words TEXT NOT NULL DEFAULT 'twin'")
    db.execute("ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT 'text'")
    db.execute("ALTER TABLE outbox ADD COLUMN approved_at INTEGER")
    db.execute("ALTER TABLE outbox ADD COLUMN sending_at INTEGER")
    db.table("outbox").create_index(["created_at"])
    db.table("switches").create({"name": str, "value": int}, pk="name")
    db.table("presence").create(
        {
            "platform": str,
            "account": str,
            "qr": str,
            "logged_in": int,
            "seen_at": int,
        },
        pk="platform",
        not_null={"logged_in", "seen_at"},
    )
    db.table("absences").create(
        {"id": int, "platform": str, "since": int, "until": int},
        pk="id",
        not_null={"platform", "since", "until"},
    )


def m007_nights(db: Database) -> None:
    """What the nightly run needs: which night it is for, what it saw, what was decided and why.

    `night` is the date on which the run was due, in the schedule's time zone: one night, one run,
    whatever happened to the clock. `attempts` counts how often it was begun. `seen_message_id` is
    the newest message that was logged when it read the log. `trained_until` is the time of the
    newest answer that the adapter learnt from: later ones can evaluate it. `verdict` is the
    gate's with its reasons. `corrections` are preference pairs: `chosen` is what the owner wanted
    said instead of `rejected`, and may come after it.
    """
    db.execute("ALTER TABLE training_runs ADD COLUMN night TEXT")
    db.execute("ALTER TABLE training_runs ADD COLUMN attempts INTEGER NOT NULL DEFAULT 1")
    db.execute("ALTER TABLE training_runs ADD COLUMN seen_message_id INTEGER")
    db.table("training_runs").create_index(["night"])
    db.execute("ALTER TABLE adapters ADD COLUMN trained_until INTEGER")
    db.execute("ALTER TABLE adapters ADD COLUMN verdict TEXT")
    db.table("corrections").create(
        {
            "id": int,
            "chat_id": int,
            "decision_id": int,
            "how": str,
            "rejected": str,
            "chosen": str,
            "at": int,
        },
        pk="id",
        not_null={"chat_id", "decision_id", "how", "rejected", "at"},
        foreign_keys=[("chat_id", "chats", "id"), ("decision_id", "decisions", "id")],
    )
    db.table("corrections").create_index(["decision_id"], unique=True)
    db.table("corrections").create_index(["chat_id"])
