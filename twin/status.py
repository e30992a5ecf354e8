"""What `bot.py status` shows, read from the database alone."""

import json
from typing import Any

from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.runs import latest_run
from twin.config import Config


def collect_status(config: Config, db: Database) -> dict[str, Any]:
    """One document: data folder, log, chats by mode, outbox, live adapter, last training run."""
    adapter = live_adapter(db)
    return {
        "config": str(config.path),
        "data": str(config.data),
        "base_model": config.model.base,
        "messages": _counts(db, "SELECT origin, COUNT(*) FROM messages GROUP BY origin"),
        "last_message_at": db.execute("SELECT MAX(sent_at) FROM messages").fetchone()[0],
        "chats": _counts(db, "SELECT mode, COUNT(*) FROM chats GROUP BY mode"),
        "outbox": _counts(db, "SELECT state, COUNT(*) FROM outbox GROUP BY state"),
        "adapter": adapter.name if adapter else None,
        "promoted_at": adapter.promoted_at if adapter else None,
        "training": _last_run(db),
    }


def _counts(db: Database, sql: str) -> dict[str, int]:
    return {name: int(count) for name, count in db.execute(sql).fetchall()}


def _last_run(db: Database) -> dict[str, Any] | None:
    run = latest_run(db)
    if run is None:
        return None
    return {
        "run": run.id,
        "state": run.state,
        "reason": run.reason,
        "started_at": run.started_at,
        "heartbeat_at": run.heartbeat_at,
        "finished_at": run.finished_at,
        "error": run.error,
        "result": json.loads(run.result) if run.result else None,
    }
