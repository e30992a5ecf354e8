"""What the owner is told of a run: one line."""

import json
from typing import Any

from storage.runs import Run

GOING = "A run is already going."


def line_of(run: Run) -> str:
    """One line about a run: what it learnt, or why it did not."""
    match run.state:
        case "done":
            line = _learnt(json.loads(run.result or "{}"))
        case "skipped":
            line = f"Training skipped: {run.error}"
        case "failed":
            line = f"Training failed: {run.error or 'the log says why'}"
        case _:
            line = GOING
    return " ".join(line.split())


def _learnt(result: dict[str, Any]) -> str:
    """The run's own summary; otherwise what came out of it, in figures."""
    if result.get("summary"):
        return str(result["summary"])
    line = f"Training is done: {result.get('adapter', 'no adapter')}"
    base, loss = result.get("base_loss"), result.get("loss")
    if base is None or loss is None:
        return line
    return f"{line}, loss {base:.3f} → {loss:.3f}"
