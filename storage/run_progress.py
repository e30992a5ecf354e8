"""How far a run is that is going: out of the points that the trainer writes of its curves."""

from dataclasses import dataclass
from typing import Literal

from sqlite_utils import Database

from storage.runs import Run

PLANNED = "steps_planned"  # how many there will be, written at the step at which training begins
Phase = Literal["preparing", "training", "judging"]


@dataclass(frozen=True, slots=True)
class RunProgress:
    """`step` of `steps` is the last that was written down; `left_ms` is the time that the other
    steps will take, None while nothing tells. `loss` is the last one.
    """

    phase: Phase
    step: int = 0
    steps: int = 0
    loss: float | None = None
    left_ms: int | None = None


def progress_of(db: Database, run: Run) -> RunProgress | None:
    """None when the run is over."""
    if run.state != "running":
        return None
    begun = _latest(db, run.id, PLANNED)
    if begun is None:
        return RunProgress("preparing")
    first, planned, began_at = begun
    steps, latest = int(planned), _latest(db, run.id, "loss")
    if latest is None:
        return RunProgress("training", first, steps)
    step, loss, at = latest
    if step >= steps:
        return RunProgress("judging", steps, steps, loss, 0)
    if step <= first:
        return RunProgress("training", first, steps, loss)
    left = round((at - began_at) / (step - first) * (steps - step))
    return RunProgress("training", step, steps, loss, left)


def _latest(db: Database, run_id: int, name: str) -> tuple[int, float, int] | None:
    """(step, value, time) of the newest point of that curve."""
    row = db.execute(
        "SELECT step, value, at FROM training_metrics WHERE run_id = ? AND name = ? "
        "ORDER BY step DESC LIMIT 1",
        [run_id, name],
    ).fetchone()
    return (int(row[0]), float(row[1]), int(row[2])) if row else None
