import json

import pytest

from storage.runs import Run
from training.scheduling.outcome import line_of


def a_run(state: str, error: str | None = None, **result: object) -> Run:
    text = json.dumps(result) if result else None
    return Run(7, state, "nightly", error, 1, 0, None, None, None, None, text)


@pytest.mark.parametrize(
    ("run", "line"),
    [
        (
            a_run("done", adapter="a7", base_loss=3.21, loss=2.5),
            "Training is done: a7, loss 3.210 → 2.500",
        ),
        (a_run("done", adapter="a7", base_loss=None, loss=None), "Training is done: a7"),
        (
            a_run("done", adapter="a7", summary="a7 is live:\nit is better"),
            "a7 is live: it is better",
        ),
        (a_run("failed", "no disk"), "Training failed: no disk"),
        (a_run("failed"), "Training failed: the log says why"),
        (a_run("skipped", "unchanged since run 6"), "Training skipped: unchanged since run 6"),
        (a_run("running"), "A run is already going."),
    ],
)
def test_the_owner_gets_one_line(run: Run, line: str) -> None:
    assert line_of(run) == line
