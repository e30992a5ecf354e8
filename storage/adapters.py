"""Adapter registry. At most one adapter is live; the others are candidates, retired or rejected."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from storage.chat_deletion import check_none_forgotten, note_chats
from storage.database import now_ms, transaction
from storage.errors import InputError
from storage.reasons import ErrorReason


@dataclass(frozen=True, slots=True)
class Adapter:
    """`path` is relative to the data folder; `rules` are the dataset rules it was trained with.

    `status` is candidate, live, retired, rejected or pruned (its files are gone); `metrics` and
    `verdict` (promoted, reasons) are JSON objects. `trained_until` is the time of the newest
    answer that it learnt from, `forgotten_at` when a chat that it learnt from was forgotten, both
    in UTC milliseconds. `memory`: whether its samples showed what was said earlier.
    """

    id: int
    name: str
    base_model: str
    path: str
    rules: str
    dataset_hash: str | None
    metrics: str | None
    status: str
    run_id: int | None
    created_at: int
    promoted_at: int | None
    trained_until: int | None = None
    verdict: str | None = None
    forgotten_at: int | None = None
    memory: bool = False


def register_adapter(
    db: Database,
    *,
    name: str,
    base_model: str,
    path: str,
    rules: str,
    dataset_hash: str,
    run_id: int,
    metrics: dict[str, Any],
    trained_until: int | None = None,
    chats: Iterable[int] = (),
    forgotten_before: int | None = None,
    memory: bool = False,
) -> int:
    """Register a finished adapter as a candidate; its row id.

    `chats` it learnt from, none when nobody knows. Raises TwinError when a chat was forgotten since
    `times_forgotten` gave `forgotten_before`.
    """
    with transaction(db):
        if forgotten_before is not None:
            check_none_forgotten(db, forgotten_before)
        row = db.execute(
            "INSERT INTO adapters "
            "(name, base_model, path, rules, dataset_hash, run_id, metrics, status, created_at, "
            "trained_until, memory) VALUES (?, ?, ?, ?, ?, ?, ?, 'candidate', ?, ?, ?) "
            "RETURNING id",
            [
                *(name, base_model, path, rules, dataset_hash, run_id),
                *(json.dumps(metrics), now_ms(), trained_until, int(memory)),
            ],
        ).fetchone()
        note_chats(db, row[0], chats)
    return int(row[0])


def list_adapters(db: Database) -> list[Adapter]:
    """Newest first."""
    return [Adapter(*row) for row in db.execute("SELECT * FROM adapters ORDER BY id DESC")]


def kept_adapters(db: Database) -> list[Adapter]:
    """Those whose files are still there, newest first."""
    rows = db.execute("SELECT * FROM adapters WHERE status != 'pruned' ORDER BY id DESC")
    return [Adapter(*row) for row in rows]


def live_adapter(db: Database) -> Adapter | None:
    row = db.execute("SELECT * FROM adapters WHERE status = 'live'").fetchone()
    return Adapter(*row) if row else None


def adapters_to_answer(db: Database) -> list[Adapter]:
    """The live adapter and those that were live before it, the latest first."""
    rows = db.execute(
        "SELECT * FROM adapters WHERE status IN ('live', 'retired') "
        "ORDER BY status = 'live' DESC, promoted_at DESC, id DESC"
    )
    return [Adapter(*row) for row in rows]


def find_adapter(db: Database, name: str) -> Adapter:
    """Raises InputError when no adapter has that name."""
    row = db.execute("SELECT * FROM adapters WHERE name = ?", [name]).fetchone()
    if row is None:
        raise InputError(
            f"adapter '{name}': no such adapter; see `bot.py adapters list`",
            reason=ErrorReason.NO_ADAPTER.of(name),
        )
    return Adapter(*row)


def promote(db: Database, name: str) -> None:
    """Make the adapter live and retire the one before, as one write. Raises InputError."""
    with transaction(db):
        _make_live(db, promotable(db, name))


def promotable(db: Database, name: str) -> Adapter:
    """The adapter of that name. Raises InputError when it may not answer."""
    adapter = find_adapter(db, name)
    if adapter.forgotten_at is not None:
        raise InputError(
            f"adapter '{name}': it learnt from a chat that was forgotten; train again "
            "(`bot.py train`) or choose another",
            reason=ErrorReason.ADAPTER_FORGOTTEN.of(name),
        )
    if adapter.status == "pruned":
        raise InputError(
            f"adapter '{name}': its files were deleted ([train] keep)",
            reason=ErrorReason.ADAPTER_PRUNED.of(name),
        )
    return adapter


def record_verdict(
    db: Database, name: str, metrics: dict[str, Any], verdict: dict[str, Any]
) -> None:
    """Store what was measured and the gate's verdict, and promote or reject the adapter.

    Call it inside a transaction.
    """
    db.execute(
        "UPDATE adapters SET metrics = ?, verdict = ? WHERE name = ?",
        [json.dumps(metrics), json.dumps(verdict), name],
    )
    if verdict["promoted"]:
        _make_live(db, find_adapter(db, name))
    else:
        reject(db, name)


def candidate_of(db: Database, run_id: int) -> Adapter | None:
    """The adapter that the run made, while it has no verdict."""
    row = db.execute(
        "SELECT * FROM adapters WHERE run_id = ? AND status = 'candidate'", [run_id]
    ).fetchone()
    return Adapter(*row) if row else None


def prune(db: Database, keep: int) -> None:
    """Mark all adapters as pruned but the newest `keep`, the live one and the one before it.

    Marked here before their files go, so a rollback never finds them gone.
    """
    with transaction(db):
        db.execute(
            "UPDATE adapters SET status = 'pruned' WHERE status != 'live' "
            "AND id NOT IN (SELECT id FROM adapters WHERE status != 'pruned' "
            "ORDER BY id DESC LIMIT ?) AND id IS NOT (SELECT id FROM adapters "
            "WHERE status = 'retired' ORDER BY promoted_at DESC, id DESC LIMIT 1)",
            [keep],
        )


def _make_live(db: Database, adapter: Adapter) -> None:
    # One that learnt from a forgotten chat is never gone back to.
    db.execute(
        "UPDATE adapters SET status = iif(forgotten_at IS NULL, 'retired', 'pruned') "
        "WHERE status = 'live'"
    )
    db.execute(
        "UPDATE adapters SET status = 'live', promoted_at = ? WHERE id = ?", [now_ms(), adapter.id]
    )


def reject(db: Database, name: str) -> None:
    db.execute(
        "UPDATE adapters SET status = iif(forgotten_at IS NULL, 'rejected', 'pruned') "
        "WHERE name = ?",
        [name],
    )


def rollback(db: Database) -> Adapter:
    """Go back to the adapter that was live before, as one write; the one that was live is rejected.

    Raises InputError when none was live before.
    """
    with transaction(db):
        row = db.execute(
            "SELECT name FROM adapters WHERE status = 'retired' "
            "ORDER BY promoted_at DESC, id DESC LIMIT 1"
        ).fetchone()
        if row is None:
            raise InputError(
                "rollback: no adapter was live before that may answer again; "
                "see `bot.py adapters list`, or train (`bot.py train`)",
                reason=ErrorReason.NO_ADAPTER_BEFORE,
            )
        current = live_adapter(db)
        _make_live(db, find_adapter(db, row[0]))
        if current is not None:
            reject(db, current.name)
        return find_adapter(db, row[0])
