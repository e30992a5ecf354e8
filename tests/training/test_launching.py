import multiprocessing
import sys
from functools import partial

import psutil
import pytest
from sqlite_utils import Database

from storage.errors import InputError, TwinError
from storage.runs import curve, latest_run
from tests.training.base_in_parts import learn_in_parts
from tests.training.one_dies import learn_until_killed
from tests.training.test_train import changed, trained
from training import launching, train
from twin.config.schema import Config

KILLED = r"process \d of 2 was killed by SIGKILL|another process of this training ended"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9"),
]


@pytest.fixture(autouse=True)
def quick_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes are forked from one that has imported torch already."""
    multiprocessing.set_forkserver_preload([train.__name__])
    monkeypatch.setattr(launching, "START", "forkserver")


@pytest.fixture
def two(config: Config) -> Config:
    return changed(config, "train", processes=2, epochs=2.0)


def losses(db: Database) -> dict[int, float]:
    run = latest_run(db)
    assert run is not None
    return dict(curve(db, run.id, "loss"))


def test_two_processes_learn_what_one_does(chats: Database, config: Config, two: Config) -> None:
    one = trained(changed(config, "train", epochs=2.0), chats)
    alone = losses(chats)
    both = trained(two, chats)
    assert losses(chats) == pytest.approx(alone, abs=1e-3)
    assert both["loss"] == pytest.approx(one["loss"], abs=1e-3)
    assert (both["processes"], both["steps"], both["tokens"]) == (2, one["steps"], one["tokens"])
    assert both["verdict"]["promoted"] is False  # no better than the first, which is live


def test_a_base_in_two_parts_learns_what_a_whole_one_does(
    chats: Database, two: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained(changed(two, "train", processes=1), chats)
    alone = losses(chats)
    monkeypatch.setattr(train, "learn", learn_in_parts)
    parts = trained(two, chats)
    assert losses(chats) == pytest.approx(alone, abs=1e-3)
    assert parts["loss"] == pytest.approx(whole["loss"], abs=1e-3)


@pytest.mark.parametrize("rank", [0, 1])
def test_killed_in_any_process_a_run_ends_and_goes_on_at_its_checkpoint(
    chats: Database, two: Config, monkeypatch: pytest.MonkeyPatch, rank: int
) -> None:
    with monkeypatch.context() as killing:
        killing.setattr(train, "learn", partial(learn_until_killed, rank, 5))
        with pytest.raises(TwinError, match=KILLED):
            trained(two, chats)
    failed = latest_run(chats)
    assert failed is not None
    assert failed.state == "failed"
    assert "goes on at its last checkpoint" in str(failed.error)
    for each in range(2):
        assert not psutil.pid_exists(int((two.data / f"process-{each}").read_text()))
    assert not list((two.data / "runs" / str(failed.id)).glob("launcher-*"))
    # By one process: a checkpoint does not depend on how many wrote it.
    result = trained(changed(two, "train", processes=1), chats)
    assert (result["run"], result["resumed"], result["processes"]) == (failed.id, True, 1)


def test_what_is_wrong_is_told_as_by_one_process(chats: Database, two: Config) -> None:
    with pytest.raises(InputError, match="no such layers"):
        trained(changed(two, "train", targets=("query",)), chats)


def test_one_process_under_torchrun_does_not_wait_for_those_that_left(
    chats: Database, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"TORCHELASTIC_RUN_ID": "x", "WORLD_SIZE": "2", "RANK": "0", "LOCAL_RANK": "0"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    result = trained(changed(config, "train", processes=1), chats, max_steps=1)
    assert (result["processes"], result["steps"]) == (1, 1)
