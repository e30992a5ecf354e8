from sqlite_utils import Database

from storage import runs
from storage.run_progress import PLANNED, RunProgress, progress_of


def written(db: Database, run: int, step: int, name: str, value: float, at: int) -> None:
    runs.add_metrics(db, run, step, {name: value})
    db.execute(
        "UPDATE training_metrics SET at = ? WHERE run_id = ? AND step = ? AND name = ?",
        [at, run, step, name],
    )


def test_a_run_tells_how_far_it_is_and_what_is_left(db: Database) -> None:
    number = runs.start_run(db, "test", 1)
    run = runs.get_run(db, number)
    assert progress_of(db, run) == RunProgress("preparing")
    written(db, number, 0, PLANNED, 100, at=1_000)
    assert progress_of(db, run) == RunProgress("training", 0, 100)
    written(db, number, 20, "loss", 3.5, at=11_000)
    assert progress_of(db, run) == RunProgress("training", 20, 100, 3.5, 40_000)
    written(db, number, 100, "loss", 3.0, at=51_000)
    assert progress_of(db, run) == RunProgress("judging", 100, 100, 3.0, 0)
    runs.finish_run(db, number, {})
    assert progress_of(db, runs.get_run(db, number)) is None


def test_a_run_that_was_taken_up_again_counts_from_there(db: Database) -> None:
    number = runs.start_run(db, "test", 1)
    run = runs.get_run(db, number)
    written(db, number, 0, PLANNED, 100, at=1_000)
    written(db, number, 50, "loss", 3.5, at=11_000)
    written(db, number, 50, PLANNED, 100, at=900_000)
    assert progress_of(db, run) == RunProgress("training", 50, 100, 3.5)
    written(db, number, 60, "loss", 3.4, at=905_000)
    assert progress_of(db, run) == RunProgress("training", 60, 100, 3.4, 20_000)
