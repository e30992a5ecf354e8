import sqlite3

import pytest
from sqlite_utils import Database

from storage.adapters import (
    adapters_to_answer,
    candidate_of,
    find_adapter,
    list_adapters,
    live_adapter,
    promote,
    prune,
    record_verdict,
    reject,
    rollback,
)
from storage.database import transaction
from storage.errors import InputError
from tests.registry import enter_adapter


def register(db: Database, name: str) -> None:
    enter_adapter(db, name, metrics={"loss": 3.5})


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


def test_a_verdict_is_kept_with_its_reasons_and_takes_effect(db: Database) -> None:
    for name, promoted in (("one", True), ("two", False), ("three", True)):
        register(db, name)
        with transaction(db):
            record_verdict(db, name, {"loss": 3.4}, {"promoted": promoted, "reasons": ["so"]})
    assert statuses(db) == {"one": "retired", "two": "rejected", "three": "live"}
    judged = find_adapter(db, "two")
    assert judged.verdict == '{"promoted": false, "reasons": ["so"]}'
    assert judged.metrics == '{"loss": 3.4}'
    assert [adapter.name for adapter in adapters_to_answer(db)] == ["three", "one"]


def test_what_a_run_made_waits_as_its_candidate_until_it_is_judged(db: Database) -> None:
    register(db, "one")
    waiting = find_adapter(db, "one")
    assert waiting.run_id is not None
    assert candidate_of(db, waiting.run_id) == waiting
    assert candidate_of(db, waiting.run_id + 1) is None
    reject(db, "one")
    assert candidate_of(db, waiting.run_id) is None


def test_pruning_keeps_the_newest_the_live_one_and_the_one_to_roll_back_to(db: Database) -> None:
    for name in ("one", "two", "three", "four", "five", "six"):
        register(db, name)
    promote(db, "one")
    promote(db, "two")
    promote(db, "three")
    for name in ("four", "five", "six"):
        reject(db, name)
    prune(db, keep=2)
    assert statuses(db) == {
        "one": "pruned",
        "two": "retired",
        "three": "live",
        "four": "pruned",
        "five": "rejected",
        "six": "rejected",
    }
    assert rollback(db).name == "two"
    with pytest.raises(InputError, match="its files were deleted"):
        promote(db, "one")
    with pytest.raises(InputError, match="no adapter was live before"):
        rollback(db)
