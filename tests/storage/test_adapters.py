import sqlite3

import pytest
from sqlite_utils import Database

from storage.adapters import (
    find_adapter,
    list_adapters,
    live_adapter,
    promote,
    register_adapter,
    reject,
    rollback,
)
from storage.errors import InputError
from storage.runs import start_run


def register(db: Database, name: str) -> None:
    register_adapter(
        db,
        name=name,
        base_model="base",
        path=f"adapters/{name}",
        rules="classic",
        dataset_hash="h",
        run_id=start_run(db, "test", 1),
        metrics={"loss": 3.5},
    )


def statuses(db: Database) -> dict[str, str]:
    return {adapter.name: adapter.status for adapter in list_adapters(db)}


def test_promotion_retires_the_one_before(db: Database) -> None:
    register(db, "one")
    register(db, "two")
    assert live_adapter(db) is None
    promote(db, "one")
    promote(db, "two")
    assert statuses(db) == {"one": "retired", "two": "live"}
    live = live_adapter(db)
    assert live is not None
    assert (live.name, live.metrics) == ("two", '{"loss": 3.5}')
    promote(db, "two")
    assert statuses(db) == {"one": "retired", "two": "live"}


def test_unknown_adapter_leaves_the_live_one(db: Database) -> None:
    register(db, "one")
    promote(db, "one")
    with pytest.raises(InputError, match="no such adapter"):
        promote(db, "ghost")
    assert statuses(db) == {"one": "live"}


def test_sqlite_itself_refuses_a_second_live_one(db: Database) -> None:
    register(db, "one")
    register(db, "two")
    promote(db, "one")
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE adapters SET status = 'live' WHERE name = 'two'")


def test_rollback_goes_back_step_by_step(db: Database) -> None:
    for name in ("one", "two", "three"):
        register(db, name)
        promote(db, name)
    assert rollback(db).name == "two"
    assert statuses(db) == {"one": "retired", "two": "live", "three": "rejected"}
    assert rollback(db).name == "one"
    with pytest.raises(InputError, match="no adapter was live before"):
        rollback(db)
    assert statuses(db) == {"one": "live", "two": "rejected", "three": "rejected"}


def test_rejected_candidate_never_was_live(db: Database) -> None:
    register(db, "one")
    reject(db, "one")
    assert find_adapter(db, "one").status == "rejected"
    with pytest.raises(InputError):
        rollback(db)
