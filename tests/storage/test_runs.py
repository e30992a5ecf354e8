from sqlite_utils import Database

from storage.runs import (
    add_metrics,
    describe_run,
    fail_orphans,
    fail_run,
    finish_run,
    latest_run,
    reopen_run,
    resumable_run,
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
