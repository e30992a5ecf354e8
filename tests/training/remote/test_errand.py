"""What a run does while another machine trains, against one that cuts, fails and lies."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage import runs
from storage.errors import InputError, TwinError
from storage.run_progress import is_waiting, progress_of
from training.progress_bar import Progress
from training.remote import errand
from training.remote.connection import LineCutError
from training.remote.errand import Errand
from training.remote.host import RESULT, WEIGHTS
from twin.config.schema import Config
from twin.engine.base_fingerprint import base_fingerprint

CONTENT = bytes(range(100))
WEIGHT = b"weights of an adapter"
DONE = {
    "steps": 9,
    "tokens": 900,
    "tokens_per_second": 90.5,
    "resumed": False,
    "loss": [],
    "learning_rate": [],
    "bytes": len(WEIGHT),
    "sha256": hashlib.sha256(WEIGHT).hexdigest(),
}
Told = dict[str, Any]


class FakeBox:
    """Another machine. `cuts`: at which question, counted from 0, its line is cut."""

    def __init__(self, base: str | None) -> None:
        self.base = base
        self.has = b""
        self.cuts: set[int] = set()
        self.answers = 3  # bytes of a result at once
        self.asked: list[str] = []
        self.training: list[Told] = []  # what it tells while it trains, one after the other
        self.begun = False
        self.files = {RESULT: json.dumps(DONE).encode(), WEIGHTS: WEIGHT}
        self.why: str | None = None

    @contextmanager
    def connected(self, settings: object) -> Iterator["FakeBox"]:
        self.greeted = {"base": self.base}
        self.cut("connect")
        yield self

    def cut(self, what: str) -> None:
        self.asked.append(what)
        if len(self.asked) - 1 in self.cuts:
            raise LineCutError("box: the connection ended (cut)")

    def ask(self, do: str, key: str, content: bytes = b"", **more: Any) -> tuple[Told, bytes]:
        if do == "put":
            assert more["at"] == len(self.has)
            self.has += content
        if do == "train":
            self.begun = True
        self.cut(do)  # its answer is lost
        if do == "get":
            return {}, self.files[more["name"]][more["at"] :][: self.answers]
        return self._state(), b""

    def _state(self) -> Told:
        if len(self.has) < len(CONTENT):
            return {"state": "partial", "has": len(self.has)} if self.has else {"state": "absent"}
        if not self.begun:
            return {"state": "ready"}
        if self.training:
            return {"state": "training", **self.training.pop(0)}
        return {"state": "failed", "why": self.why} if self.why else {"state": "done"}


@pytest.fixture
def box(config: Config, monkeypatch: pytest.MonkeyPatch) -> FakeBox:
    fake = FakeBox(base_fingerprint(config))
    monkeypatch.setattr(errand, "connected", fake.connected)
    monkeypatch.setattr(errand, "MOST_AT_ONCE", 30)
    monkeypatch.setattr("time.sleep", lambda _: None)
    return fake


@pytest.fixture
def run_id(db: Database) -> int:
    return runs.start_run(db, "test", 1)


def done(config: Config, db: Database, run_id: int, folder: Path) -> bytes:
    """The weights that an errand brought."""
    train = config.train.model_copy(update={"on": "box"})
    with Progress(show=False) as progress:
        settings = config.model_copy(update={"train": train})
        _, weights = Errand(settings, db, run_id, CONTENT, progress).run(folder)
    return weights.read_bytes()


def test_wherever_it_is_cut_it_goes_on_and_nothing_goes_twice(
    box: FakeBox, config: Config, db: Database, run_id: int, tmp_path: Path
) -> None:
    box.training = [{"beat": 1}, {"beat": 2, "phase": "training", "step": 1, "steps": 9}]
    assert done(config, db, run_id, tmp_path) == WEIGHT
    assert box.has == CONTENT
    first = len(box.asked)
    for at in range(1, first):
        again = FakeBox(box.base)
        again.cuts = {at}
        again.training = [{"beat": 1}]
        folder = tmp_path / str(at)
        folder.mkdir()
        box.__dict__.update(again.__dict__)
        assert done(config, db, run_id, folder) == WEIGHT
        assert box.has == CONTENT
        assert box.asked.count("put") == 4
        assert box.asked.count("train") <= 2


def test_nobody_who_answers_is_told_at_once_and_a_line_that_stays_cut_after_ten_minutes(
    box: FakeBox, config: Config, db: Database, run_id: int, tmp_path: Path
) -> None:
    box.cuts = {0}
    with pytest.raises(LineCutError):
        done(config, db, run_id, tmp_path)
    assert box.asked == ["connect"]
    box.cuts = set(range(5, 100))
    with pytest.raises(LineCutError):
        done(config, db, run_id, tmp_path)
    assert box.asked.count("connect") == 2 + len(errand.RETRY_S)
    assert sum(errand.RETRY_S) == pytest.approx(600, rel=0.1)


def test_a_line_that_is_cut_now_and_then_all_night_is_made_again_each_time(
    box: FakeBox, config: Config, db: Database, run_id: int, tmp_path: Path
) -> None:
    box.training = [{"beat": beat} for beat in range(60)]
    box.cuts = set(range(10, 60, 4))
    assert len(box.cuts) > len(errand.RETRY_S)
    assert done(config, db, run_id, tmp_path) == WEIGHT


def test_the_run_here_beats_as_long_as_the_other_computes(
    box: FakeBox,
    config: Config,
    db: Database,
    run_id: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[object] = []

    def look(_: float) -> None:
        run = runs.get_run(db, run_id)
        seen.append((run.heartbeat_at is not None, is_waiting(db, run_id)))
        db.execute("UPDATE training_runs SET heartbeat_at = NULL")

    monkeypatch.setattr("time.sleep", look)
    box.training = [
        {"beat": 1, "phase": "waiting"},
        {"beat": 2, "phase": "training", "step": 0, "steps": 40},
        {"beat": 2, "phase": "training", "step": 0, "steps": 40},  # it hangs
        {"beat": 3, "phase": "training", "step": 5, "steps": 40, "loss": 3.25},
        {"beat": {}, "phase": [], "step": "9", "steps": -1, "loss": "low"},
        {"beat": 4, "step": 10**400, "steps": True, "loss": float("nan")},
    ]
    done(config, db, run_id, tmp_path)
    assert seen[:4] == [(True, True), (True, False), (False, False), (True, False)]
    assert runs.curve(db, run_id, "loss") == [(5, 3.25)]
    progress = progress_of(db, runs.get_run(db, run_id))
    assert progress is not None
    assert (progress.phase, progress.step, progress.steps) == ("training", 5, 40)


def test_what_it_says_of_a_failure_is_one_line(
    box: FakeBox, config: Config, db: Database, run_id: int, tmp_path: Path
) -> None:
    box.why = "no room\nleft \x1b[31m" + "x" * 5000
    with pytest.raises(TwinError, match="box: no room") as error:
        done(config, db, run_id, tmp_path)
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 400


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (RESULT, b"{}", "no such result"),
        (WEIGHTS, WEIGHT + b" and more", "another size"),
        (WEIGHTS, WEIGHT[:-1], "another size"),
        (WEIGHTS, b"", "another size"),
    ],
)
def test_another_result_than_it_says(
    box: FakeBox,
    config: Config,
    db: Database,
    run_id: int,
    tmp_path: Path,
    name: str,
    content: bytes,
    told: str,
) -> None:
    box.files[name] = content
    box.answers = 4  # by three, it would stop where it was told to
    with pytest.raises(TwinError, match=told):
        done(config, db, run_id, tmp_path)


def test_a_result_without_end(
    box: FakeBox,
    config: Config,
    db: Database,
    run_id: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(errand, "MOST_RESULT", 1000)
    box.files[RESULT] = b" " * 2000
    box.answers = 100
    with pytest.raises(TwinError, match="has no end"):
        done(config, db, run_id, tmp_path)


@pytest.mark.parametrize(("base", "told"), [(None, "not there yet"), ("f" * 64, "other weights")])
def test_nothing_goes_to_a_machine_with_another_base(
    box: FakeBox,
    config: Config,
    db: Database,
    run_id: int,
    tmp_path: Path,
    base: str | None,
    told: str,
) -> None:
    box.base = base
    with pytest.raises(InputError, match=told):
        done(config, db, run_id, tmp_path)
    assert box.has == b""
    assert not config.path_of("elsewhere").exists()
