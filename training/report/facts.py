"""What a report is told about the run itself; what was judged comes beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Curve = Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One finished run.

    `result` is the document of the run, `dataset` the one of the samples (`Built.report`); a key
    that is missing in them is left out of the report. `curves` has "loss" and "held_out_loss".
    """

    run_id: int
    adapter: str
    reason: str
    base_model: str
    started_at: int  # UTC milliseconds
    result: Mapping[str, Any]
    dataset: Mapping[str, Any]
    curves: Mapping[str, Curve]
