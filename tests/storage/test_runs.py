from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message
from storage.runs import (
    add_metrics,
    beginnings,
    begun_since,
    describe_run,
    fail_orphans,
    fail_run,
    finish_run,
    get_run,
    idle_since,
    latest_run,
    new_owner_messages,
    newest_message_id,
    reopen_run,
    resumable_run,
    runs_of_night,
    skip_night,
    start_run,
)

SETTINGS = {"rank": 8, "epochs": 1.0}


def test_a_run_that_failed_is_resumed_by_an_equal_one_alone(db: Database) -> None:
    run = start_run(db, "nightly", 1)
    describe_run(db, run, "data", SETTINGS)
    assert resumable_run(db, "data", SETTINGS) is None
    fail_run(db, run, "killed")
    assert resumable_run(db, "data", {"epochs": 1.0, "rank": 8}) == run
    assert resumable_run(db, "other data", SETTINGS) is None
    assert resumable_run(db, "data", SETTINGS | {"rank": 16}) is None

    reopen_run(db, run, 2)
    finish_run(db, run, {"loss": 3.5})
    assert resumable_run(db, "data", SETTINGS) is None
    latest = latest_run(db)
    assert latest is not None
    assert (latest.id, latest.state, latest.error, latest.pid) == (run, "done", None, 2)


def test_only_the_newest_run_is_resumed(db: Database) -> None:
    for end in (fail_run, None):
        run = start_run(db, "nightly", 1)
        describe_run(db, run, "data", SETTINGS)
        if end:
            end(db, run, "killed")
        else:
            finish_run(db, run, {})
    assert resumable_run(db, "data", SETTINGS) is None


def test_orphans_become_failed_runs(db: Database) -> None:
    done = start_run(db, "nightly", 1)
    finish_run(db, done, {})
    orphan = start_run(db, "nightly", 2)
    assert fail_orphans(db) == 1
    assert fail_orphans(db) == 0
    newest, last_done = latest_run(db), latest_run(db, "done")
    assert newest is not None
    assert last_done is not None
    assert (newest.id, newest.state) == (orphan, "failed")
    assert last_done.id == done
    assert latest_run(db, "running") is None


def test_a_point_that_is_measured_again_is_replaced(db: Database) -> None:
    run = start_run(db, "nightly", 1)
    add_metrics(db, run, 10, {"loss": 4.0, "rate": 0.1})
    add_metrics(db, run, 10, {"loss": 3.9})
    rows = db.execute("SELECT name, value FROM training_metrics ORDER BY name").fetchall()
    assert rows == [("loss", 3.9), ("rate", 0.1)]


def test_each_night_counts_its_own_attempts(db: Database) -> None:
    run = start_run(db, "nightly", 1, "2026-01-10")
    reopen_run(db, run, 2, "2026-01-10")
    reopen_run(db, run, 3)  # by hand: of the same night
    assert get_run(db, run).attempts == 3
    reopen_run(db, run, 4, "2026-01-11")
    assert runs_of_night(db, "2026-01-10") == []
    assert [run.attempts for run in runs_of_night(db, "2026-01-11")] == [1]


def test_a_skipped_night_has_its_reason_and_an_end(db: Database) -> None:
    skip_night(db, "nightly", "2026-01-10", "too little")
    [run] = runs_of_night(db, "2026-01-10")
    assert (run.state, run.reason, run.error) == ("skipped", "nightly", "too little")
    assert run.finished_at is not None


def test_the_run_that_was_begun_is_found(db: Database) -> None:
    first = start_run(db, "nightly", 1, "2026-01-10")
    start_run(db, "manual", 1)
    before = beginnings(db)
    assert begun_since(db, before) is None
    fail_run(db, first, "killed")
    assert begun_since(db, before) is None
    reopen_run(db, first, 2, "2026-01-11")  # again its first attempt, of another night
    begun = begun_since(db, before)
    assert begun is not None
    assert begun.id == first
    third = start_run(db, "manual", 1)
    assert begun_since(db, before) == get_run(db, third)


def test_idle_since_the_last_run_that_a_right_clock_timed(db: Database) -> None:
    assert idle_since(db, 1000) is None
    chat = upsert_chat(db, "test", "ann", "Ann")
    for at in (70, 50, 60):
        log_message(db, NewMessage(chat.id, "peer", f"at {at}", at))
    assert idle_since(db, 1000) == 50
    for at in (300, 400, 5000):
        run = start_run(db, "nightly", 1)
        finish_run(db, run, {})
        db.execute("UPDATE training_runs SET finished_at = ? WHERE id = ?", [at, run])
    fail_run(db, start_run(db, "nightly", 1), "no disk")
    assert idle_since(db, 1000) == 400
    assert idle_since(db, 100) == 50
    assert idle_since(db, 5000) == 5000


def test_messages_after_a_forgotten_chat_are_new_although_their_ids_are_not(db: Database) -> None:
    kept, forgotten = upsert_chat(db, "test", "a", "Ann").id, upsert_chat(db, "test", "b", "B").id
    for chat_id in (kept, forgotten, forgotten):
        log_message(db, NewMessage(chat_id, "owner", "hi", 1))
    run = start_run(db, "test", 1)
    describe_run(db, run, "hash", {}, newest_message_id(db))
    finish_run(db, run, {})
    assert new_owner_messages(db) == 0
    forget_chat(db, forgotten)
    assert new_owner_messages(db) == 0
    log_message(db, NewMessage(kept, "owner", "again", 2))
    assert new_owner_messages(db) == 1
