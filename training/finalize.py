"""After training: evaluate the candidate, write the report, and put the verdict into effect."""

import json
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage import adapters, runs
from storage.adapters import Adapter
from storage.chat_deletion import check_none_forgotten
from storage.database import transaction
from storage.run_progress import judged
from training.dataset.build import Built
from training.evaluation.calibration import calibrate, work_to_choose
from training.evaluation.evaluate import evaluate_models, work_of_all
from training.evaluation.judging import Judging
from training.evaluation.promotion_gate import NOTHING_HELD_OUT, decide, verdict_of
from training.evaluation.scores import NOTHING_JUDGED, Evaluation, GateVerdict
from training.progress_bar import Progress
from training.report.report_files import report_folder
from training.report.run_report import RunFacts, write_report
from training.rhythm.learn import save_rhythm
from training.scheduling.outcome import summary
from training.speed import free_memory
from twin.adapter_names import AdapterNames
from twin.config.schema import Config


def evaluate_and_finalize(
    config: Config,
    db: Database,
    run_id: int,
    built: Built,
    candidate: Adapter,
    progress: Progress,
    forgotten_before: int,
) -> dict[str, Any]:
    """The run's result, and examples, which are not stored: they are words of people.

    Verdict and end of the run are one write: killed before it, the live
    adapter stays and the candidate is evaluated again; killed after it, all is done.
    Raises TwinError when a chat was forgotten since `times_forgotten` gave `forgotten_before`.
    """
    facts: dict[str, Any] = json.loads(candidate.metrics or "{}")
    path = config.path_of(candidate.path)
    evaluation: Evaluation | None = None
    verdict = verdict_of(NOTHING_HELD_OUT)
    if built.held_out:
        planted = facts["canaries"]
        facts["sampling"], evaluation = _judge(config, db, run_id, built, path, planted, progress)
        verdict = decide(evaluation, config.judge)
    progress.phase("learning when the owner answers")
    facts |= {"answers_at_all": save_rhythm(db, config, path)}
    result = _result(run_id, candidate.name, facts, evaluation, verdict, progress)
    result["summary"] = summary(result, AdapterNames(db, config.schedule).of(candidate.name))
    _add_points(db, run_id, result)
    progress.phase("writing the report")
    folder = report_folder(config, run_id)
    write_report(folder, _facts(config, db, run_id, built, result), evaluation, verdict)
    with transaction(db):
        check_none_forgotten(db, forgotten_before)
        adapters.record_verdict(db, candidate.name, result, verdict.document())
        runs.finish_run(db, run_id, result)
    examples = evaluation.examples if evaluation else []
    return result | {"examples": [asdict(example) for example in examples]}


def _judge(
    config: Config,
    db: Database,
    run_id: int,
    built: Built,
    candidate: Path,
    planted: int,
    progress: Progress,
) -> tuple[dict[str, Any] | None, Evaluation]:
    """How its words are drawn is chosen first: so it is compared. Notes how far that is."""
    free_memory()
    live = adapters.live_adapter(db)
    choosing = work_to_choose(config, built, live)
    work = choosing + work_of_all(config, built, candidate, live, planted)
    judging = Judging(progress, work, partial(judged, db, run_id))
    sampling = calibrate(config, db, built, candidate, live, judging)
    evaluation = evaluate_models(db, config, built, candidate, live, planted, judging, keep=True)
    return sampling, evaluation


def _result(
    run_id: int,
    name: str,
    facts: dict[str, Any],
    evaluation: Evaluation | None,
    verdict: GateVerdict,
    progress: Progress,
) -> dict[str, Any]:
    """What is kept of the run: figures and reasons, nobody's words."""
    return {
        "run": run_id,
        "adapter": name,
        **_losses(evaluation),
        **facts,
        "seconds": round(sum(progress.seconds.values()), 1),
        "phases": {name: round(seconds, 1) for name, seconds in progress.seconds.items()},
        "peak_mb": peak_mb(),
        **(evaluation or NOTHING_JUDGED).figures(),
        "verdict": verdict.document(),
    }


def peak_mb() -> int | None:
    """The most memory that this process has held, or one that it started and that has ended, in
    megabytes; None where nobody counts it.
    """
    if sys.platform == "win32":
        return None
    import resource

    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(who).ru_maxrss for who in both)
    return int(peak // 2**20 if sys.platform == "darwin" else peak // 2**10)


def _facts(
    config: Config, db: Database, run_id: int, built: Built, result: dict[str, Any]
) -> RunFacts:
    run = runs.get_run(db, run_id)
    return RunFacts(
        run_id=run_id,
        adapter=AdapterNames(db, config.schedule).with_id(result["adapter"]),
        reason=run.reason,
        base_model=config.model.base,
        started_at=run.started_at,
        result=result,
        dataset=built.report,
        curves={name: runs.curve(db, run_id, name) for name in ("loss", "held_out_loss")},
    )


def _losses(evaluation: Evaluation | None) -> dict[str, float | None]:
    names = {"base_loss": "base", "live_loss": "live", "loss": "candidate"}
    scores = evaluation.scores if evaluation else {}
    return {key: scores[name].loss if name in scores else None for key, name in names.items()}


def _add_points(db: Database, run_id: int, result: dict[str, Any]) -> None:
    """The held-out curve: the base is the adapter before its first step."""
    for step, key in ((0, "base_loss"), (result["steps"], "loss")):
        if result[key] is not None:
            runs.add_metrics(db, run_id, step, {"held_out_loss": result[key]})
