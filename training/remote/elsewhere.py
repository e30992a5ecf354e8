"""Have the training of a run done by another machine, and register what it made."""

import logging
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage import runs
from storage.adapters import Adapter
from storage.errors import InputError, TwinError
from training.artifacts import keep_only, run_folder
from training.dataset.build import Built
from training.dataset.samples import Sample
from training.evaluation import canaries
from training.progress_bar import Progress
from training.remote.brought import Result, make_adapter
from training.remote.connection import LineCutError
from training.remote.errand import Errand
from training.remote.leftovers import end_leftovers, was_sent
from training.remote.names import NameMask, known_names
from training.remote.parcel import make_parcel, packed
from training.train import Learnt, name_now, register
from training.warm_start import chats_learnt
from twin.config.schema import Config
from twin.engine.base_models import resolve_base

log = logging.getLogger(__name__)


def train_elsewhere(
    config: Config,
    db: Database,
    run_id: int,
    built: Built,
    max_steps: int | None,
    progress: Progress,
    forgotten_before: int,
) -> Adapter:
    """As `training.train.train` does it here, on [train] on.

    Where the connection stays cut, the other machine goes on, and the next run with the same data
    fetches what it made. Any other end deletes what is there. Raises TwinError as `train` does.
    """
    resolve_base(config)  # the result is judged here
    folder = run_folder(config, run_id)
    keep_only(folder)
    mask = NameMask(known_names(db, config))
    sent, questions = mask.samples(built.train), mask.samples(built.questions)
    _check_enough(config, built, sent)
    content = packed(make_parcel(config, sent, questions, max_steps))
    log.info("%d of %d samples go to %s", len(sent), len(built.train), config.train.on)
    errand = Errand(config, db, run_id, content, progress)
    tell(end_leftovers(config, but=errand.key))
    try:
        result, weights = errand.run(folder)
        path = _saved(config, run_id, result, weights, progress)
    except LineCutError as error:
        if not was_sent(config, errand.key):
            raise
        raise TwinError(
            f"{error}; what was begun there goes on, and the next run fetches it"
        ) from error
    except BaseException:
        tell(end_leftovers(config))
        raise
    tell(end_leftovers(config))
    for name in ("loss", "learning_rate"):
        for step, value in getattr(result, name):
            runs.add_metrics(db, run_id, step, {name: value})
    metrics = _metrics(config, built, sent, questions, result)
    learnt = Learnt(path, metrics, chats_learnt(db, sent, None))
    return register(config, db, run_id, built, learnt, forgotten_before)


def tell(lines: list[str]) -> None:
    for line in lines:
        log.warning("%s", line)


def _check_enough(config: Config, built: Built, sent: list[Sample]) -> None:
    if len(sent) < config.train.min_samples:
        raise InputError(
            f"{len(sent)} of {len(built.train)} samples name nobody in their answer and may go to "
            f"{config.train.on}, at least {config.train.min_samples} are needed; train here, or "
            "lower [train] min_samples"
        )


def _saved(config: Config, run_id: int, result: Result, weights: Path, progress: Progress) -> Path:
    progress.phase("saving the adapter")
    try:
        return make_adapter(config, weights, result, name_now(run_id))
    except TwinError as error:
        raise TwinError(f"{config.train.on}: {error}; look after that machine") from error
    finally:
        weights.unlink(missing_ok=True)


def _metrics(
    config: Config, built: Built, sent: list[Sample], questions: list[Sample], result: Result
) -> dict[str, Any]:
    """What is known here is not taken from there."""
    return {
        "on": config.train.on,
        "steps": result.steps,
        "samples": len(sent),
        "canaries": canaries.how_many(config.judge.canaries, len(sent)),
        "memory_questions": len(questions),
        "held_out": len(built.held_out),
        "logged_until": built.logged_until,
        "continues": None,
        "tokens": result.tokens,
        "tokens_per_second": result.tokens_per_second,
        "resumed": result.resumed,
    }
