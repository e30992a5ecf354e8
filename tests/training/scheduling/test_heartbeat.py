import threading
import time

import pytest
from sqlite_utils import Database

from storage import runs
from training.scheduling import lifecycle
from training.scheduling.lifecycle import beat_while_computing, beating
from twin.config.schema import Config


def beats(db: Database, monkeypatch: pytest.MonkeyPatch, *cpu: float) -> list[bool]:
    """Whether it beat after each wait."""
    beaten: list[bool] = []
    waits = iter([False] * (len(cpu) - 1) + [True])
    spent = iter(cpu)

    def reading() -> float:
        beaten.append(False)
        return next(spent)

    def beat(_: Database, run_id: int) -> None:
        assert run_id == 7
        beaten[-1] = True

    monkeypatch.setattr(runs, "beat", beat)
    beat_while_computing(db, 7, lambda: next(waits), reading)
    return beaten[1:]


def test_it_beats_as_long_as_the_process_computes(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert beats(db, monkeypatch, 1.0, 2.0, 2.0, 2.001, 2.002, 2.1) == [
        *(True, False, False, False, True)
    ]


def test_a_full_disk_does_not_end_it(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = iter([False, False, True])
    cpu = iter([1.0, 2.0, 3.0])
    db.execute("DROP TABLE training_metrics")
    db.execute("DROP TABLE training_runs")
    beat_while_computing(db, 7, lambda: next(waits), lambda: next(cpu))
    assert next(cpu, None) is None


def test_its_own_work_is_no_sign_of_life() -> None:
    before, spun = lifecycle._cpu_of_others(), time.thread_time()
    while time.thread_time() < spun + 0.1:
        pass
    assert lifecycle._cpu_of_others() - before < 0.05


def test_a_run_beats_while_its_main_thread_works(
    db: Database, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "BEAT_S", 0.001)
    monkeypatch.setattr(lifecycle, "MIN_CPU_S", 0.0001)
    run_id = runs.start_run(db, "test", 1)
    db.execute("UPDATE training_runs SET heartbeat_at = 0")
    deadline = time.thread_time() + 10
    with beating(config, run_id):
        while not runs.get_run(db, run_id).heartbeat_at:
            assert time.thread_time() < deadline
    assert "heartbeat" not in {thread.name for thread in threading.enumerate()}
