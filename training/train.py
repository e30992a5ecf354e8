"""One training run, read from top to bottom: samples → LoRA on the base → a live adapter."""

import logging
import os
import shutil
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import datasets
import torch
from peft import LoraConfig, get_peft_model
from sqlite_utils import Database
from transformers import TrainingArguments, set_seed

from storage import adapters, runs
from storage.errors import InputError, TwinError
from training.dataset import Built, build, build_from_alpaca, encode
from training.lifecycle import keep_only, last_checkpoint, one_at_a_time, recorded, run_folder
from training.loss import mean_loss
from training.progress import Progress
from training.speed import speed_up
from training.trainer import Record, TwinTrainer
from twin.config import Config
from twin.engine.model import choose_device, choose_dtype, load_base, load_tokenizer
from twin.prompts import check_stop_token, choose_format

log = logging.getLogger(__name__)

WARMUP_SHARE = 0.03
LOG_STEPS = 5


def run_training(
    config: Config,
    db: Database,
    reason: str,
    alpaca: Path | None = None,
    max_steps: int | None = None,
    show: bool = True,
    night: str | None = None,
) -> dict[str, Any]:
    """Train on the log, or on an Alpaca file, and make the adapter live; the run's result.

    A `night` with the data and settings of the last run is skipped: nothing new can be learnt.

    A run that was killed is taken up again at its last checkpoint when data and settings are the
    same. Losses are per held-out label token, None without held-out samples. Raises InputError
    for unusable data or a missing base and TwinError when another run is going or the disk fails.
    """
    with one_at_a_time(config):
        runs.fail_orphans(db)
        settings = _settings(config, max_steps)
        try:
            built = build_from_alpaca(alpaca, config) if alpaca else build(db, config)
            _check_enough(built, config)
        except TwinError as error:
            runs.fail_run(db, runs.start_run(db, reason, os.getpid(), night), str(error))
            raise
        if night is not None and runs.is_trained(db, built.hash, settings):
            return _skip_unchanged(db, reason, night)
        run_id = runs.resumable_run(db, built.hash, settings)
        if run_id is None:
            run_id = runs.start_run(db, reason, os.getpid(), night)
            runs.describe_run(db, run_id, built.hash, settings)
        else:
            log.info("run %d is taken up again", run_id)
            runs.reopen_run(db, run_id, os.getpid(), night)
        with recorded(config, db, run_id), Progress(show=show) as progress:
            result = _train(config, db, run_id, built, max_steps, progress)
            runs.finish_run(db, run_id, result)
            shutil.rmtree(run_folder(config, run_id), ignore_errors=True)
            return result


def _skip_unchanged(db: Database, reason: str, night: str) -> dict[str, Any]:
    last = runs.latest_run(db, "done")
    why = f"unchanged since run {last.id if last else '?'}"
    return {"run": runs.skip_night(db, reason, night, why), "skipped": why}


def _train(
    config: Config,
    db: Database,
    run_id: int,
    built: Built,
    max_steps: int | None,
    progress: Progress,
) -> dict[str, Any]:
    started = time.perf_counter()
    settings = config.train
    folder = run_folder(config, run_id)
    keep_only(folder)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    datasets.disable_progress_bars()
    set_seed(settings.seed)

    progress.phase("loading the base model")
    tokenizer = load_tokenizer(config)
    base = load_base(config, choose_dtype(config))
    fmt = choose_format(tokenizer, base.config, config.model.prompt)
    check_stop_token(fmt, base.generation_config)
    samples = [encode(row, config, fmt) for row in built.train]
    held_out = [encode(row, config, fmt) for row in built.held_out]

    # The base in its own precision, the adapter's weights in float32 (peft's default): small steps
    # are lost in bfloat16.
    lora = LoraConfig(
        task_type="CAUSAL_LM",
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=list(settings.targets),
    )
    try:
        model = get_peft_model(base, lora)
    except ValueError as error:
        raise InputError(
            f"[train] targets = {list(settings.targets)}: the base has no such layers; name those "
            "of its linear layers that are to be trained"
        ) from error
    speed_up(model)

    progress.phase("measuring the base model")
    # An untrained adapter adds nothing, so this is the loss of the base itself.
    base_loss = _base_loss(db, run_id)
    if base_loss is None:
        base_loss = mean_loss(model, held_out, settings.batch_size)
        if base_loss is not None:
            runs.add_metrics(db, run_id, 0, {"held_out_loss": base_loss})

    record = Record(db, run_id, progress)
    trainer = TwinTrainer(
        model=model,
        args=_arguments(config, folder, max_steps),
        train_dataset=datasets.Dataset.from_list(samples),
        callbacks=[record],
    )
    checkpoint = last_checkpoint(folder)
    try:
        outcome = trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except Exception:
        if checkpoint is not None and record.step == record.first_step:
            # A checkpoint from which not one step succeeds would fail every night.
            shutil.rmtree(folder, ignore_errors=True)
        raise
    steps = outcome.global_step

    progress.phase("measuring the adapter")
    loss = mean_loss(model, held_out, settings.batch_size)
    if loss is not None:
        runs.add_metrics(db, run_id, steps, {"held_out_loss": loss})
    name = f"{datetime.now():%Y%m%d-%H%M%S}-run{run_id}"  # noqa: DTZ005 (a name for people)
    result = {
        "run": run_id,
        "adapter": name,
        "base_loss": base_loss,
        "loss": loss,
        "steps": steps,
        "samples": len(samples),
        "held_out": len(held_out),
        "tokens": trainer.tokens_seen,
        "tokens_per_second": round(trainer.tokens_seen / max(record.seconds, 1e-9), 1),
        "seconds": round(time.perf_counter() - started, 1),
        "resumed": checkpoint is not None,
    }
    path = _save(config, model, name)
    adapters.register_adapter(
        db,
        name=name,
        base_model=config.model.base,
        path=path.relative_to(config.data).as_posix(),
        rules=config.dataset.rules,
        dataset_hash=built.hash,
        run_id=run_id,
        metrics=result,
    )
    adapters.promote(db, name)
    return result


def _arguments(config: Config, folder: Path, max_steps: int | None) -> TrainingArguments:
    settings = config.train
    return TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulation,
        num_train_epochs=settings.epochs,
        max_steps=max_steps or -1,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=WARMUP_SHARE,
        weight_decay=0.0,
        train_sampling_strategy="group_by_length",
        save_steps=settings.save_steps,
        save_total_limit=2,
        logging_steps=LOG_STEPS,
        logging_first_step=True,
        seed=settings.seed,
        use_cpu=choose_device(config) == "cpu",
        dataloader_pin_memory=False,
        remove_unused_columns=False,
        disable_tqdm=True,
        report_to=[],
        log_level="error",
    )


def _save(config: Config, model: Any, name: str) -> Path:
    """The adapter under its name, complete or not at all."""
    target = config.path_of("adapters", name)
    scratch = target.with_name(f".{name}.tmp")
    # The base's name, not where its files lie today: check_adapter compares it.
    model.peft_config["default"].base_model_name_or_path = config.model.base
    model.save_pretrained(scratch, safe_serialization=True, save_embedding_layers=False)
    scratch.rename(target)
    return target


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
    raise InputError(
        f"{found} samples to train on{seen} ({len(built.held_out)} more held out), at least "
        f"{config.train.min_samples} are needed; import more chats or lower [train] min_samples"
    )


def _settings(config: Config, max_steps: int | None) -> dict[str, Any]:
    """Everything that changes what is learnt: a killed run is only resumed by an equal one."""
    return {
        "model": config.model.model_dump(mode="json"),
        "dataset": config.dataset.model_dump(mode="json"),
        "train": config.train.model_dump(mode="json", exclude={"threads"}),
        "max_steps": max_steps,
    }


def _base_loss(db: Database, run_id: int) -> float | None:
    row = db.execute(
        "SELECT value FROM training_metrics WHERE run_id = ? AND step = 0 "
        "AND name = 'held_out_loss'",
        [run_id],
    ).fetchone()
    return float(row[0]) if row else None
