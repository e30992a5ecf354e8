"""Run once from the log to the verdict: build, train, evaluate, promote or reject, report."""

import logging
import os
import shutil
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage import adapters, runs
from storage.chat_deletion import forgotten_since, times_forgotten
from storage.errors import InputError, TwinError
from storage.reasons import RunEnd
from storage.run_progress import note_waiting
from training.artifacts import clear_away, run_folder
from training.dataset.build import Built, build, build_from_alpaca
from training.finalize import evaluate_and_finalize
from training.forgetting import finish_in_run
from training.progress_bar import Progress
from training.remote.elsewhere import tell, train_elsewhere
from training.remote.leftovers import end_leftovers
from training.scheduling.lifecycle import one_at_a_time, recorded
from training.scheduling.turn import my_turn
from training.train import train
from twin.config.schema import Config
from twin.engine.base_fingerprint import base_fingerprint
from twin.engine.device import choose_device
from twin.memory.extraction.propose import propose_facts
from twin.memory.index import bring_up_to_date

log = logging.getLogger(__name__)

INDEX_S = 600.0  # then words alone find the rest; who watches thinks a longer silence a fault
# Of [model]: what training does not depend on.
ANSWERING = {"runtime", "compress", "prefix_cache_mb", "unload_after_minutes"}
# Of [train]: where and how it is computed, and what is kept.
NOT_LEARNT = {"on", "on_command", "processes", "threads", "keep", "compile"}


def run_training(
    config: Config,
    db: Database,
    reason: str,
    alpaca: Path | None = None,
    max_steps: int | None = None,
    night: str | None = None,
    show: bool = True,
) -> dict[str, Any]:
    """Train on the log, or on a ready file, and let the adapter go live if it is better.

    Returns the run's result with a few answers as examples. A run that was killed goes on
    where it was when data and settings are the same. A nightly run (`night` is its date) on
    unchanged data is skipped. Raises InputError for unusable data or a missing base and TwinError
    when another run is going, the disk fails or a chat is forgotten meanwhile.
    """
    with one_at_a_time(config), finish_in_run(config, db), Progress(show=show) as progress:
        forgotten_before = times_forgotten(db)
        runs.fail_orphans(db)
        settings = _settings(config, db, max_steps)
        seen = runs.newest_message_id(db)
        if alpaca is None:
            propose_facts(db, config)  # first: they are found by their meaning, too
            _index_memory(config, db, progress)
        built = _build(config, db, reason, alpaca, night, progress)
        if night and runs.is_trained(db, built.hash, settings, forgotten_since(db)):
            return _skip(db, reason, night)
        run_id = _run_on(db, built.hash, settings, reason, night, seen)
        clear_away(config, db)
        with recorded(config, db, run_id):
            candidate = adapters.candidate_of(db, run_id)
            if candidate is None and config.train.on:
                candidate = train_elsewhere(
                    config, db, run_id, built, max_steps, progress, forgotten_before
                )
            with _turn(config, db, run_id, progress):
                if candidate is None:
                    candidate = train(
                        config, db, run_id, built, max_steps, progress, forgotten_before
                    )
                result = evaluate_and_finalize(
                    config, db, run_id, built, candidate, progress, forgotten_before
                )
        clear_away(config, db)
        tell(end_leftovers(config))
        shutil.rmtree(run_folder(config, run_id), ignore_errors=True)
        return result


def _index_memory(config: Config, db: Database, progress: Progress) -> None:
    """What the samples are shown of earlier is looked up: first what is new is indexed."""
    if not config.memory.enabled:
        return
    progress.phase("bringing memory up to date")
    until = time.monotonic() + INDEX_S
    try:
        done = bring_up_to_date(db, config, stop=lambda: time.monotonic() > until, wait_s=INDEX_S)
    except TwinError as error:  # the words alone find something, too
        log.warning("%s", error)
        return
    if done.stale_chats:
        log.info("%d chats are not indexed yet: their words alone are found", done.stale_chats)


def _build(
    config: Config,
    db: Database,
    reason: str,
    alpaca: Path | None,
    night: str | None,
    progress: Progress,
) -> Built:
    """The samples; what is wrong with them is recorded as a run that failed."""
    try:
        built = build_from_alpaca(alpaca, config) if alpaca else build(db, config, progress)
        _check_enough(built, config)
    except TwinError as error:
        why = error.reason or str(error)
        runs.fail_run(db, runs.start_run(db, reason, os.getpid(), night), why)
        raise
    return built


def _run_on(
    db: Database,
    dataset_hash: str,
    settings: dict[str, Any],
    reason: str,
    night: str | None,
    seen: int,
) -> int:
    """The run that was killed on the same data and settings, or else a new one."""
    run_id = runs.resumable_run(db, dataset_hash, settings)
    if run_id is None:
        run_id = runs.start_run(db, reason, os.getpid(), night)
        runs.describe_run(db, run_id, dataset_hash, settings, seen)
    else:
        log.info("run %d goes on where it was", run_id)
        runs.reopen_run(db, run_id, os.getpid(), night)
    return run_id


def _turn(
    config: Config, db: Database, run_id: int, progress: Progress
) -> AbstractContextManager[None]:
    """Other twins of this machine train before or after it, not beside it."""

    def on_wait(waits: bool) -> None:
        note_waiting(db, run_id, waits)
        if waits:
            progress.phase("waiting for the training of another twin on this machine")

    return my_turn(choose_device(config.model), on_wait)


def _skip(db: Database, reason: str, night: str) -> dict[str, Any]:
    last = runs.latest_run(db, "done")
    why = RunEnd.UNCHANGED.of(last.id if last else "?")
    return {"run": runs.skip_night(db, reason, night, why), "skipped": why}


def _check_enough(built: Built, config: Config) -> None:
    found = len(built.train)
    if found >= config.train.min_samples:
        return
    report = built.report
    seen = (
        f" from {report['messages']} messages in {report['chats']} chats"
        if "chats" in report
        else ""
    )
    waiting = report.get("chats_without_consent")
    consent = f", or record consent for {waiting} chats (`bot.py chats consent`)" if waiting else ""
    raise InputError(
        f"{found} samples to train on{seen} ({len(built.held_out)} more held out), at least "
        f"{config.train.min_samples} are needed; import more chats{consent} or lower "
        "[train] min_samples",
        reason=RunEnd.FEW_SAMPLES.of(f"{found} < {config.train.min_samples}"),
    )


def _settings(config: Config, db: Database, max_steps: int | None) -> dict[str, Any]:
    """Everything that changes what is learnt: a killed run is only resumed by an equal one."""
    live = adapters.live_adapter(db) if config.train.strategy == "continue" else None
    if live is not None and live.forgotten_at is not None:
        live = None
    # What the base is, and not where it lies.
    base = base_fingerprint(config) or config.model.base
    return {
        "model": config.model.model_dump(mode="json", exclude=ANSWERING) | {"base": base},
        "dataset": config.dataset.model_dump(mode="json"),
        "train": config.train.model_dump(mode="json", exclude=NOT_LEARNT),
        **_of_memory(config),
        "canaries": config.judge.canaries,
        "continues": live.name if live else None,
        "max_steps": max_steps,
    }


def _of_memory(config: Config) -> dict[str, Any]:
    """What of [memory] changes the samples; nothing without, as before there was any."""
    if not config.memory.enabled:
        return {}
    return {"memory": config.memory.model_dump(mode="json", exclude={"unsupported", "extract"})}
