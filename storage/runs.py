"""Training runs: what was trained, when, how it went, and how far a running one is."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from storage.database import now_ms
from storage.errors import InputError
from storage.reasons import ErrorReason, RunEnd
from storage.values import fitting


@dataclass(frozen=True, slots=True)
class Run:
    """One training run, or the reason for none.

    Times in UTC milliseconds; `state` is running, done, failed or skipped. `night` is the date on
    which the schedule wanted it, `attempts` how often it was begun, `seen_message_id` the newest
    message of the log when it was read.
    """

    id: int
    state: str
    reason: str
    error: str | None
    pid: int | None
    started_at: int
    heartbeat_at: int | None
    finished_at: int | None
    dataset_hash: str | None
    settings: str | None
    result: str | None
    night: str | None = None
    attempts: int = 1
    seen_message_id: int | None = None


def start_run(db: Database, reason: str, pid: int, night: str | None = None) -> int:
    now = now_ms()
    row = db.execute(
        "INSERT INTO training_runs (state, reason, pid, started_at, heartbeat_at, night) "
        "VALUES ('running', ?, ?, ?, ?, ?) RETURNING id",
        [reason, pid, now, now, night],
    ).fetchone()
    return int(row[0])


def skip_night(db: Database, reason: str, night: str, why: str) -> int:
    """Store that a night needs no run; its row id."""
    run_id = start_run(db, reason, os.getpid(), night)
    db.execute(
        "UPDATE training_runs SET state = 'skipped', finished_at = ?, error = ? WHERE id = ?",
        [now_ms(), why, run_id],
    )
    return run_id


def describe_run(
    db: Database,
    run_id: int,
    dataset_hash: str,
    settings: dict[str, Any],
    seen_message_id: int | None = None,
) -> None:
    """Store what the run trains on, and how: a killed run is resumed only by an equal one."""
    db.execute(
        "UPDATE training_runs SET dataset_hash = ?, settings = ?, seen_message_id = ? WHERE id = ?",
        [dataset_hash, json.dumps(settings, sort_keys=True), seen_message_id, run_id],
    )


def beat(db: Database, run_id: int) -> None:
    db.execute("UPDATE training_runs SET heartbeat_at = ? WHERE id = ?", [now_ms(), run_id])


def add_metrics(db: Database, run_id: int, step: int, values: dict[str, float]) -> None:
    """Points of the run's curves; a point that is written again (after a resume) is replaced."""
    now = now_ms()
    rows = [
        {"run_id": run_id, "step": step, "name": name, "value": value, "at": now}
        for name, value in values.items()
    ]
    db.table("training_metrics").insert_all(rows, pk=("run_id", "step", "name"), replace=True)


def finish_run(db: Database, run_id: int, result: dict[str, Any]) -> None:
    db.execute(
        "UPDATE training_runs SET state = 'done', finished_at = ?, result = ? WHERE id = ?",
        [now_ms(), json.dumps(result), run_id],
    )


def fail_run(db: Database, run_id: int, error: str) -> None:
    db.execute(
        "UPDATE training_runs SET state = 'failed', finished_at = ?, error = ? WHERE id = ?",
        [now_ms(), error, run_id],
    )


def fail_orphans(db: Database) -> int:
    """Mark running runs as failed, when no trainer is running; how many there were."""
    cursor = db.execute(
        "UPDATE training_runs SET state = 'failed', finished_at = ?, error = ? "
        "WHERE state = 'running'",
        [now_ms(), RunEnd.DIED],
    )
    return int(cursor.rowcount)


def resumable_run(db: Database, dataset_hash: str, settings: dict[str, Any]) -> int | None:
    """The newest run, when it failed on exactly this data with exactly these settings."""
    row = db.execute(
        "SELECT id, state, dataset_hash, settings FROM training_runs "
        "WHERE settings IS NOT NULL ORDER BY id DESC LIMIT 1"
    ).fetchone()
    wanted = ("failed", dataset_hash, json.dumps(settings, sort_keys=True))
    return int(row[0]) if row and tuple(row[1:]) == wanted else None


def reopen_run(db: Database, run_id: int, pid: int, night: str | None = None) -> None:
    """Go on with a failed run. Another night takes it over, and counts its own attempts."""
    db.execute(
        "UPDATE training_runs SET state = 'running', error = NULL, finished_at = NULL, pid = :pid, "
        "heartbeat_at = :now, night = COALESCE(:night, night), attempts = CASE "
        "WHEN :night IS NULL OR :night = night THEN attempts + 1 ELSE 1 END WHERE id = :run",
        {"pid": pid, "now": now_ms(), "night": night, "run": run_id},
    )


def is_trained(
    db: Database, dataset_hash: str, settings: dict[str, Any], since: int | None = None
) -> bool:
    """Whether the newest finished run trained on exactly this data with exactly these settings.

    And began after `since`, in UTC milliseconds.
    """
    row = db.execute(
        "SELECT dataset_hash, settings, started_at FROM training_runs WHERE state = 'done' "
        "ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if row is None or row[2] < (since or 0):
        return False
    return tuple(row[:2]) == (dataset_hash, json.dumps(settings, sort_keys=True))


def runs_of_night(db: Database, night: str) -> list[Run]:
    """The runs for the night so far, oldest first."""
    rows = db.execute("SELECT * FROM training_runs WHERE night = ? ORDER BY id", [night])
    return [Run(*row) for row in rows]


def beginnings(db: Database) -> dict[int, tuple[str | None, int]]:
    """How often each run was begun, and for which night: whatever begins a run changes it."""
    rows = db.execute("SELECT id, night, attempts FROM training_runs")
    return {run_id: (night, attempts) for run_id, night, attempts in rows}


def begun_since(db: Database, before: Mapping[int, tuple[str | None, int]]) -> Run | None:
    """The run that was begun, or begun again, since `beginnings` gave `before`."""
    begun = [run for run, value in beginnings(db).items() if before.get(run) != value]
    return get_run(db, max(begun)) if begun else None


def idle_since(db: Database, now: int) -> int | None:
    """When the last run was done or, without one, the time of the first message.

    A run that was done in the future was timed by a wrong clock: the one before it counts.
    """
    row = db.execute(
        "SELECT COALESCE((SELECT MAX(finished_at) FROM training_runs WHERE state = 'done' "
        "AND finished_at <= ?), (SELECT MIN(sent_at) FROM messages))",
        [now],
    ).fetchone()
    return int(row[0]) if row[0] is not None else None


def new_owner_messages(db: Database) -> int:
    """Texts of the owner that were logged since the newest finished run read the log."""
    seen = db.execute(
        "SELECT seen_message_id FROM training_runs WHERE state = 'done' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    row = db.execute(
        "SELECT COUNT(*) FROM messages WHERE id > ? AND origin = 'owner' AND kind = 'text'",
        [(seen and seen[0]) or 0],
    ).fetchone()
    return int(row[0])


def newest_message_id(db: Database) -> int:
    return int(db.execute("SELECT COALESCE(MAX(id), 0) FROM messages").fetchone()[0])


def list_runs(db: Database, limit: int) -> list[Run]:
    """Newest first."""
    rows = db.execute("SELECT * FROM training_runs ORDER BY id DESC LIMIT ?", [limit])
    return [Run(*row) for row in rows]


def done_runs(db: Database, limit: int) -> list[Run]:
    """Those that were finished, newest first."""
    rows = db.execute(
        "SELECT * FROM training_runs WHERE state = 'done' ORDER BY id DESC LIMIT ?", [limit]
    )
    return [Run(*row) for row in rows]


def get_run(db: Database, run_id: int) -> Run:
    """Raises InputError when there is no such run."""
    row = db.execute("SELECT * FROM training_runs WHERE id = ?", [fitting(run_id)]).fetchone()
    if row is None:
        raise InputError(
            f"run {run_id}: no such run; see `bot.py runs list`",
            reason=ErrorReason.NO_RUN.of(run_id),
        )
    return Run(*row)


def curve(db: Database, run_id: int, name: str) -> list[tuple[int, float]]:
    """(step, value) of one of the run's metrics: loss, learning_rate, held_out_loss."""
    rows = db.execute(
        "SELECT step, value FROM training_metrics WHERE run_id = ? AND name = ? ORDER BY step",
        [run_id, name],
    )
    return [(int(step), float(value)) for step, value in rows]


def result_of(run: Run) -> dict[str, Any]:
    """The run's figures and reasons; empty when there are none."""
    found: dict[str, Any] = json.loads(run.result or "{}")
    return found


def minutes(run: Run) -> float | None:
    """The training's own time: a run that was taken up again also waited in between."""
    result = result_of(run)
    if "seconds" in result:
        return round(float(result["seconds"]) / 60, 1)
    last = run.finished_at or run.heartbeat_at
    return None if last is None else round((last - run.started_at) / 60_000, 1)


def latest_run(db: Database, state: str | None = None) -> Run | None:
    where = "WHERE state = :state" if state else ""
    row = db.execute(
        f"SELECT * FROM training_runs {where} ORDER BY id DESC LIMIT 1", {"state": state}
    ).fetchone()
    return Run(*row) if row else None
