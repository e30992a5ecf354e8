"""Train the same answers with other settings and compare: `python -m benchmarks.sweep FOLDER`.

FOLDER is a copy of a data folder with its config.toml: the trained adapters are added there. Each
setting trains on the newest --answers and is scored on the --held-out ones after them. What is in
FOLDER/sweep.json is not trained again, so a sweep that was stopped goes on; --only names settings.
"""

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.held_out import losses_of
from storage.chat_deletion import times_forgotten
from storage.database import open_database
from storage.runs import fail_run, start_run
from training.dataset.build import Built, build
from training.evaluation.promotion_gate import difference
from training.loss import mean_loss
from training.progress_bar import Progress
from training.train import train
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.model import load_torch_model

AS_IT_IS = "as it is"
Losses = list[tuple[float, int]]  # of each answer: sum over its label tokens, their number
NEVER = 1_000_000  # steps until a checkpoint: a run here is not resumed


class Trial(NamedTuple):
    """What one setting gave. Seconds are of the processor, compiling included."""

    steps: int
    tokens: int
    seconds: float
    losses: Losses


def settings_to_try(config: Config) -> dict[str, Config]:
    """The config's own first; the others change one thing each."""
    train, rules = config.train, config.dataset
    changes: dict[str, dict[str, Any]] = {
        AS_IT_IS: {},
        "twice the learning rate": {"learning_rate": train.learning_rate * 2},
        "half the learning rate": {"learning_rate": train.learning_rate / 2},
        "four times the rank": {"rank": train.rank * 4},
        "twice the passes": {"epochs": train.epochs * 2},
        "half the batch": {"batch_size": max(1, train.batch_size // 2)},
    }
    tried = {
        name: config.model_copy(update={"train": train.model_copy(update=change)})
        for name, change in changes.items()
    }
    all_alike = rules.model_copy(update={"half_life_days": 0.0})
    return tried | {"no half-life": config.model_copy(update={"dataset": all_alike})}


def newest(config: Config, answers: int, held_out: int) -> tuple[Config, Built]:
    """The config of a sweep and its samples: the newest of the log, the last ones held out."""
    rules = config.dataset.model_copy(
        update={
            "max_samples": answers + held_out,
            "held_out": held_out / (answers + held_out),
            "max_held_out": held_out,
        }
    )
    limited = config.model_copy(
        update={
            "dataset": rules,
            "train": config.train.model_copy(update={"save_steps": NEVER}),
        }
    )
    return limited, build(open_database(config.database), limited)


def learn(config: Config, built: Built) -> Trial:
    """Train one adapter as a night does, and score it on the held-out answers."""
    db = open_database(config.database)
    run_id = start_run(db, "benchmark", os.getpid())
    began = time.process_time()
    with Progress(show=False) as progress:
        adapter = train(config, db, run_id, built, None, progress, times_forgotten(db))
    seconds = time.process_time() - began
    fail_run(db, run_id, "a benchmark's: not to be resumed")
    model = load_torch_model(config, config.path_of(adapter.path))
    losses = losses_of(model, config, built.held_out)
    metrics = json.loads(adapter.metrics or "{}")
    return Trial(metrics["steps"], metrics["tokens"], seconds, losses)


def _learn_with(folder: Path, setting: str, answers: int, held_out: int) -> Trial:
    changed = settings_to_try(load_config(folder / "config.toml"))[setting]
    return learn(*newest(changed, answers, held_out))


def main(folder: Path, answers: int, held_out: int, only: Sequence[str]) -> None:
    kept = folder / "sweep.json"
    done: dict[str, Any] = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    spawn = multiprocessing.get_context("spawn")
    for name in only or settings_to_try(load_config(folder / "config.toml")):
        if name in done:
            continue
        # The memory that training takes, and compiled code, end with its process.
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            trial = pool.submit(_learn_with, folder, name, answers, held_out).result()
        done[name] = trial._asdict()
        kept.write_text(json.dumps(done), encoding="utf-8")
        print(table({each: Trial(**found) for each, found in done.items()}), flush=True)


def table(trials: dict[str, Trial]) -> str:
    """Markdown; the differences are to the first one."""
    reference = next(iter(trials.values()))
    lines = [
        "| | held-out loss | difference (95%) | steps | tokens | processor seconds |",
        "|---|---|---|---|---|---|",
    ]
    for name, trial in trials.items():
        against = "–" if trial is reference else difference_of(trial.losses, reference.losses)
        lines.append(
            f"| {name} | {mean_loss(trial.losses):.3f} | {against} "
            f"| {trial.steps} | {trial.tokens} | {trial.seconds:.0f} |"
        )
    return "\n".join(lines)


def difference_of(losses: Losses, reference: Losses) -> str:
    """With its interval of 95%."""
    gap = difference(losses, reference)
    assert gap is not None
    return f"{gap.difference:+.3f} ({gap.low:+.3f}, {gap.high:+.3f})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--answers", type=int, default=480, help="to train on")
    parser.add_argument("--held-out", type=int, default=160, help="to score")
    parser.add_argument("--only", nargs="+", default=[], metavar="SETTING")
    given = parser.parse_args()
    main(given.folder, given.answers, given.held_out, given.only)
