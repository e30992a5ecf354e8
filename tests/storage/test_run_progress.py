from sqlite_utils import Database

from storage.run_progress import (
    ALL,
    JUDGED,
    PLANNED,
    RunProgress,
    judged,
    note_waiting,
    progress_of,
    training_begins,
)
from storage.runs import add_metrics, curve, finish_run, get_run, start_run


def written(db: Database, run: int, step: int, name: str, value: float, at: int) -> None:
    add_metrics(db, run, step, {name: value})
    db.execute(
        "UPDATE training_metrics SET at = ? WHERE run_id = ? AND step = ? AND name = ?",
        [at, run, step, name],
    )


def test_a_run_says_how_far_it_is_and_what_is_left(db: Database) -> None:
    number = start_run(db, "test", 1)
    run = get_run(db, number)
    note_waiting(db, number, waits=True)
    assert progress_of(db, run) == RunProgress("waiting")
    note_waiting(db, number, waits=False)
    assert progress_of(db, run) == RunProgress("preparing")
    written(db, number, 0, PLANNED, 100, at=1_000)
    assert progress_of(db, run) == RunProgress("training", 0, 100)
    written(db, number, 20, "loss", 3.5, at=11_000)
    assert progress_of(db, run, 11_000) == RunProgress("training", 20, 100, 3.5, 40_000)
    written(db, number, 100, "loss", 3.0, at=51_000)
    assert progress_of(db, run) == RunProgress("judging", 0, ALL, 3.0)
    finish_run(db, number, {})
    assert progress_of(db, get_run(db, number)) is None


def test_what_is_left_gets_less_between_the_steps(db: Database) -> None:
    number = start_run(db, "test", 1)
    run = get_run(db, number)
    written(db, number, 0, PLANNED, 100, at=1_000)
    written(db, number, 20, "loss", 3.5, at=11_000)
    left = [progress_of(db, run, now) for now in (26_000, 90_000, 5_000)]
    assert [each and each.left_ms for each in left] == [25_000, 0, 40_000]  # or the clock was set


def test_judging_says_how_far_it_is_and_what_is_left(db: Database) -> None:
    number = start_run(db, "test", 1)
    run = get_run(db, number)
    written(db, number, 0, PLANNED, 10, at=1_000)
    written(db, number, 10, "loss", 3.0, at=9_000)
    written(db, number, 0, JUDGED, 0, at=10_000)
    assert progress_of(db, run, 12_000) == RunProgress("judging", 0, ALL, 3.0)
    written(db, number, 25, JUDGED, 25, at=20_000)
    now = progress_of(db, run, 24_000)
    assert now == RunProgress("judging", 25, ALL, 3.0, 26_000)
    assert now.percent == 25


def test_judging_that_begins_anew_forgets_how_far_it_was(db: Database) -> None:
    number = start_run(db, "test", 1)
    for percent in (0, 40, 80, 0, 10):
        judged(db, number, percent)
    assert curve(db, number, JUDGED) == [(0, 0), (10, 10)]


def test_a_run_that_was_taken_up_again_counts_from_there(db: Database) -> None:
    number = start_run(db, "test", 1)
    run = get_run(db, number)
    written(db, number, 0, PLANNED, 100, at=1_000)
    written(db, number, 50, "loss", 3.5, at=11_000)
    written(db, number, 50, PLANNED, 100, at=900_000)
    assert progress_of(db, run) == RunProgress("training", 50, 100, 3.5)
    written(db, number, 60, "loss", 3.4, at=905_000)
    assert progress_of(db, run, 905_000) == RunProgress("training", 60, 100, 3.4, 20_000)


def test_a_run_that_goes_on_forgets_what_it_did_after_its_checkpoint(db: Database) -> None:
    number = start_run(db, "test", 1)
    run = get_run(db, number)
    written(db, number, 0, PLANNED, 100, at=1_000)
    written(db, number, 50, "loss", 3.5, at=11_000)
    written(db, number, 70, "loss", 3.4, at=15_000)
    training_begins(db, number, 50, 100)
    assert progress_of(db, run) == RunProgress("training", 50, 100, 3.5)
    assert curve(db, number, "loss") == [(50, 3.5)]


def test_a_run_that_was_cut_while_it_judged_is_judged_from_the_beginning(db: Database) -> None:
    number = start_run(db, "test", 1)
    run = get_run(db, number)
    written(db, number, 0, PLANNED, 100, at=1_000)
    written(db, number, 100, "loss", 3.5, at=11_000)
    for percent in (0, 40):
        judged(db, number, percent)
    training_begins(db, number, 100, 100)
    assert progress_of(db, run) == RunProgress("judging", 0, ALL, 3.5)
