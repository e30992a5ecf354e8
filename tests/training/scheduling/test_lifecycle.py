import pytest
from filelock import FileLock
from sqlite_utils import Database

from storage import runs
from training.scheduling.lifecycle import fail_orphans, is_going, one_at_a_time, recorded
from twin.config.schema import Config


def state(db: Database, run_id: int) -> tuple[str, str | None]:
    run = runs.get_run(db, run_id)
    return run.state, run.error


def test_a_run_is_going_while_somebody_holds_the_lock(config: Config) -> None:
    assert not is_going(config)
    with one_at_a_time(config):
        assert is_going(config)
    assert not is_going(config)


def test_nobody_trains_in_a_folder_that_is_not_there(config: Config) -> None:
    assert not is_going(config.model_copy(update={"data": config.data / "none" / "such"}))


def test_orphans_are_failed_unless_a_trainer_is_at_work(db: Database, config: Config) -> None:
    run_id = runs.start_run(db, "test", 1)
    with FileLock(config.path_of("train.lock")):
        fail_orphans(config, db)
        assert state(db, run_id) == ("running", None)
    fail_orphans(config, db)
    assert state(db, run_id) == ("failed", "the process died")


@pytest.mark.parametrize("error", [SystemExit(143), KeyboardInterrupt()])
def test_a_run_that_is_stopped_says_so(db: Database, config: Config, error: BaseException) -> None:
    run_id = runs.start_run(db, "test", 1)
    with pytest.raises(type(error)), recorded(config, db, run_id):
        raise error
    assert state(db, run_id)[0] == "failed"
    assert "stopped before it was done" in (state(db, run_id)[1] or "")


def test_what_a_library_says_is_not_kept(db: Database, config: Config) -> None:
    run_id = runs.start_run(db, "test", 1)
    with pytest.raises(ValueError, match="a friend's words"), recorded(config, db, run_id):
        raise ValueError("a friend's words")
    assert state(db, run_id) == ("failed", "ValueError")
