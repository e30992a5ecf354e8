"""How far a run is that is going, and the time that is left."""

from dataclasses import dataclass
from typing import Literal

from sqlite_utils import Database

from storage.database import now_ms
from storage.runs import Run, add_metrics

# How many steps there will be, written at the step at which training begins.
PLANNED = "steps_planned"
JUDGED = "judged"  # percent, and so is its step
WAITS = "waits"
Phase = Literal["waiting", "preparing", "training", "judging"]
ALL = 100


@dataclass(frozen=True, slots=True)
class RunProgress:
    """`step` of `steps` is the last that was written down, of the phase: percent while it judges.

    "waiting" is for another training on this machine. `left_ms`: what is left of the phase at the
    speed so far, None while it is unknown and 0 where it takes longer than it seemed. `loss` is the
    last one of training.
    """

    phase: Phase
    step: int = 0
    steps: int = 0
    loss: float | None = None
    left_ms: int | None = None

    @property
    def percent(self) -> int:
        return round(ALL * self.step / self.steps) if self.steps else 0


def training_begins(db: Database, run_id: int, step: int, steps: int) -> None:
    """At `step`, above 0 where a cut run goes on: what it noted beyond is to be done again."""
    db.execute(
        "DELETE FROM training_metrics WHERE run_id = ? AND (step > ? OR name = ?)",
        [run_id, step, JUDGED],
    )
    add_metrics(db, run_id, step, {PLANNED: steps})


def note_waiting(db: Database, run_id: int, waits: bool) -> None:
    """Write down that the run waits for another training on this machine, or that it doesn't."""
    db.execute("DELETE FROM training_metrics WHERE run_id = ? AND name = ?", [run_id, WAITS])
    if waits:
        add_metrics(db, run_id, 0, {WAITS: 1})


def is_waiting(db: Database, run_id: int) -> bool:
    return _point(db, run_id, WAITS) is not None


def judged(db: Database, run_id: int, percent: int) -> None:
    """Write down how far judging is; 0 begins it anew."""
    if percent == 0:
        db.execute("DELETE FROM training_metrics WHERE run_id = ? AND name = ?", [run_id, JUDGED])
    add_metrics(db, run_id, percent, {JUDGED: percent})


def progress_of(db: Database, run: Run, now: int | None = None) -> RunProgress | None:
    """`now` in UTC milliseconds, this moment when none is given. None when the run is over."""
    if run.state != "running":
        return None
    if is_waiting(db, run.id):
        return RunProgress("waiting")
    now = now_ms() if now is None else now
    begun = _point(db, run.id, PLANNED)
    if begun is None:
        return RunProgress("preparing")
    first, planned, began_at = begun
    steps, latest = int(planned), _point(db, run.id, "loss")
    if latest is None:
        return RunProgress("training", first, steps)
    step, loss, at = latest
    if step >= steps:
        return _judging(db, run.id, loss, now)
    left = _left(at - began_at, step - first, steps - step, now - at)
    return RunProgress("training", step, steps, loss, left)


def _judging(db: Database, run_id: int, loss: float, now: int) -> RunProgress:
    first, last = _point(db, run_id, JUDGED, newest=False), _point(db, run_id, JUDGED)
    if first is None or last is None:
        return RunProgress("judging", 0, ALL, loss)
    percent, _, at = last
    left = _left(at - first[2], percent, ALL - percent, now - at)
    return RunProgress("judging", percent, ALL, loss, left)


def _left(took_ms: int, done: int, rest: int, since_ms: int) -> int | None:
    """Of the rest at the speed so far, less the time since that was known."""
    if done <= 0:
        return None
    return max(0, round(took_ms / done * rest) - max(0, since_ms))


def _point(
    db: Database, run_id: int, name: str, *, newest: bool = True
) -> tuple[int, float, int] | None:
    """(step, value, time) of the newest point of that curve, or of the first."""
    row = db.execute(
        "SELECT step, value, at FROM training_metrics WHERE run_id = ? AND name = ? "
        f"ORDER BY step {'DESC' if newest else 'ASC'} LIMIT 1",
        [run_id, name],
    ).fetchone()
    return (int(row[0]), float(row[1]), int(row[2])) if row else None
