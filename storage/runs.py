"""Training runs: the truth about what was trained, when, and how it went."""

import json
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from storage.database import now_ms


@dataclass(frozen=True, slots=True)
class Run:
    """One training run. Times in UTC milliseconds; state running, done, failed."""

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


def start_run(db: Database, reason: str, pid: int) -> int:
    now = now_ms()
    row = db.execute(
        "INSERT INTO training_runs (state, reason, pid, started_at, heartbeat_at) "
        "VALUES ('running', ?, ?, ?, ?) RETURNING id",
        [reason, pid, now, now],
    ).fetchone()
    return int(row[0])


def describe_run(db: Database, run_id: int, dataset_hash: str, settings: dict[str, Any]) -> None:
    """What the run trains on, and how: a killed run is resumed only by an equal one."""
    db.execute(
        "UPDATE training_runs SET dataset_hash = ?, settings = ? WHERE id = ?",
        [dataset_hash, json.dumps(settings, sort_keys=True), run_id],
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
    """Runs that are marked as running although no trainer is: their process died."""
    cursor = db.execute(
        "UPDATE training_runs SET state = 'failed', finished_at = ?, error = 'the process died' "
        "WHERE state = 'running'",
        [now_ms()],
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


def reopen_run(db: Database, run_id: int, pid: int) -> None:
    now = now_ms()
    db.execute(
        "UPDATE training_runs SET state = 'running', error = NULL, finished_at = NULL, pid = ?, "
        "heartbeat_at = ? WHERE id = ?",
        [pid, now, run_id],
    )


def latest_run(db: Database, state: str | None = None) -> Run | None:
    where = "WHERE state = :state" if state else ""
    row = db.execute(
        f"SELECT * FROM training_runs {where} ORDER BY id DESC LIMIT 1", {"state": state}
    ).fetchone()
    return Run(*row) if row else None
