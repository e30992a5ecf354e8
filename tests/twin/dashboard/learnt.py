"""Runs and adapters as a trainer leaves them, and texts that try to become markup."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from storage import runs
from tests.registry import enter_adapter
from tests.twin.dashboard.stage import Stage
from training.evaluation.scores import AnswerExample, GateVerdict, Scores
from training.report.report_files import report_folder, write_examples

HOSTILE = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "{{7*7}} ${7*7} **bold** [x](javascript:alert(1))",
    "\u202egnorw si siht\u202c",
    "long " * 2_000,
)


def scores(loss: float) -> Scores:
    return Scores(loss, 0.97, 0.02, 24.0, 0.1, 0.2, 0.1, 0.3, 0.05, 0.61, 0.02, 0.0)


def learn(stage: Stage, name: str, verdict: GateVerdict, night: str = "2026-01-10") -> int:
    """A finished run with its curve, its scores and an adapter that can be loaded."""
    db = stage.db
    run = runs.start_run(db, "nightly", 1, night)
    for step in range(0, 90, 10):
        runs.add_metrics(db, run, step, {"loss": 4.3 - step / 80})
    enter_adapter(db, name, run, base_model=stage.config.model.base, rules="sessions")
    db.execute(
        "UPDATE adapters SET status = 'rejected', verdict = ? WHERE name = ?",
        [json.dumps(verdict.document()), name],
    )
    folder = stage.config.path_of("adapters", name)
    folder.mkdir(parents=True)
    save_file({"weight": np.zeros(2)}, folder / "adapter_model.safetensors")
    settings = {"base_model_name_or_path": stage.config.model.base}
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    who = {"base": 4.312, "live": 3.31, "candidate": 3.224}
    result: dict[str, Any] = {
        "adapter": name,
        "base_loss": 4.312,
        "loss": 3.224,
        "seconds": 420,
        "verdict": verdict.document(),
        "scores": {model: asdict(scores(loss)) for model, loss in who.items()},
        "ceiling": {"detector": 0.5, "length_distance": 0.09},
        "floor": {"detector": 0.72, "length_distance": 0.1},
    }
    runs.finish_run(db, run, result)
    return run


def report(stage: Stage, run: int, examples: Sequence[AnswerExample]) -> None:
    folder = report_folder(stage.config, run)
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Run</title><h1>The report</h1>")
    write_examples(folder, examples)
