"""Tell the owner of a run in one line."""

import json
from typing import Any

from storage.runs import Run

GOING = "A run is already going."


def line_of(run: Run) -> str:
    """What the run learnt, or why it did not."""
    match run.state:
        case "done":
            result = json.loads(run.result or "{}")
            adapter = result.get("adapter", "no adapter")
            line = str(result.get("summary") or summary(result, adapter))
        case "skipped":
            line = f"Training skipped: {run.error}"
        case "failed":
            line = f"Training failed: {run.error or 'the log says why'}"
        case _:
            line = GOING
    return " ".join(line.split())


def summary(result: dict[str, Any], adapter: str) -> str:
    """What came of a finished run: the verdict and the losses; of an old one, the losses alone.

    `adapter`: what the new one is called.
    """
    verdict = result.get("verdict")
    if verdict is None:
        base, loss = result.get("base_loss"), result.get("loss")
        losses = "" if base is None or loss is None else f", loss {base:.3f} → {loss:.3f}"
        return f"Training is done: {adapter}{losses}"
    found = [
        f"{who} {result[key]:.3f}"
        for who, key in (("base", "base_loss"), ("before", "live_loss"), ("now", "loss"))
        if result.get(key) is not None
    ]
    losses = f" (loss: {', '.join(found)})" if found else ""
    if verdict["promoted"]:
        return f"A better twin answers from now on: {adapter}{losses}."
    return f"The twin stays as it was{losses}: {'; '.join(verdict['reasons'])}."
