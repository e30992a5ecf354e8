"""What `bot.py status` shows, read from the data folder alone."""

import json
from dataclasses import asdict
from typing import Any

from sqlite_utils import Database

from storage import presence
from storage.adapters import live_adapter
from storage.corrections import count_corrections
from storage.database import now_ms
from storage.drafts import list_drafts
from storage.own_chats import own_chats
from storage.passages import progress
from storage.preferences import paused_until
from storage.push_devices import list_devices
from storage.runs import latest_run
from storage.thumbs import count_thumbs
from twin.config.schema import Config
from twin.connection_errors import connection_errors
from twin.connectors.base import connector_folders
from twin.diagnostics.connections import connection_troubles
from twin.diagnostics.findings import notes_of_forgetting
from twin.formatting import when
from twin.loop_lag import last_figures

DOUBT_SHOWN_MS = 7 * 24 * 3_600_000


def collect_status(config: Config, db: Database, now: int | None = None) -> dict[str, Any]:
    """One document: data folder, log, chats by mode, outbox, live adapter, passages of the
    memory, last training run, how late the event loop was."""
    at = now_ms() if now is None else now
    adapter = live_adapter(db)
    return {
        "config": str(config.path),
        "data": str(config.data),
        "base_model": config.model.base,
        "messages": _counts(db, "SELECT origin, COUNT(*) FROM messages GROUP BY origin"),
        "last_message_at": db.execute("SELECT MAX(sent_at) FROM messages").fetchone()[0],
        "chats": _counts(db, "SELECT mode, COUNT(*) FROM chats GROUP BY mode"),
        "paused_until": paused_until(db),
        "drafts": len(list_drafts(db)),
        "notices": _notices(config, db),
        "devices": [device.name for device in list_devices(db)],
        "in_doubt": _in_doubt(db, at - DOUBT_SHOWN_MS),
        "connectors": _troubles(config),
        "accounts": [asdict(account) for account in presence.presences(db)],
        "away": [
            asdict(gap)
            | {
                "note": f"away from {when(gap.since)} to {when(gap.until)}, "
                "messages in between may be missing"
            }
            for gap in presence.absences(db)
        ],
        "outbox": _counts(db, "SELECT state, COUNT(*) FROM outbox GROUP BY state"),
        "corrections": count_corrections(db),
        "thumbs": count_thumbs(db),
        "adapter": adapter.name if adapter else None,
        "promoted_at": adapter.promoted_at if adapter else None,
        "forgotten": notes_of_forgetting(db),
        "memory": progress(db)._asdict() if config.memory.enabled else None,
        "training": _last_run(db),
        "event_loop": asdict(lag) if (lag := last_figures(config.data)) else None,
    }


def _notices(config: Config, db: Database) -> dict[str, str]:
    """Where the owner is told of drafts and troubles: one place is enough."""
    on = {one.name for one in connector_folders() if one.of(config).is_on}
    for chat in own_chats(db):
        if chat.platform in on:
            return {"platform": chat.platform, "chat": chat.name}
    return {"note": "no chat of yours with yourself: see your own pages, `bot.py drafts list`"}


def _counts(db: Database, sql: str) -> dict[str, int]:
    return {name: int(count) for name, count in db.execute(sql).fetchall()}


def _troubles(config: Config) -> list[dict[str, str]]:
    """What stands against the connectors that are on, as the doctor says it."""
    return [
        {"connector": folder.name, "found": one.found, "remedy": one.remedy}
        for folder, one in connection_troubles(config, connection_errors(config.data))
    ]


def _in_doubt(db: Database, since: int) -> list[dict[str, str]]:
    """What may or may not have arrived; it is not sent again, and no echo told of it since."""
    rows = db.execute(
        "SELECT c.name, iif(o.kind = 'sticker', '[sticker]', o.text) "
        "FROM outbox o JOIN chats c ON c.id = o.chat_id "
        "WHERE o.state = 'doubt' AND o.echoed_at IS NULL AND o.changed_at >= ? "
        "ORDER BY o.id DESC LIMIT 20",
        [since],
    )
    return [{"chat": name, "text": text} for name, text in rows]


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
