"""Training, read from top to bottom: samples → LoRA on the base → a candidate."""

import datetime
import logging
import shutil
from pathlib import Path
from statistics import mean
from typing import Any

import datasets
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from sqlite_utils import Database
from transformers import TrainingArguments, set_seed

from storage.adapters import Adapter, find_adapter, register_adapter
from storage.chat_deletion import chats_of_adapter
from storage.errors import InputError
from training.artifacts import save_adapter
from training.compiling import compile_layers
from training.dataset.build import Built
from training.dataset.encoding import pack, sequences_at_once
from training.evaluation import canaries
from training.loss import choose_losses
from training.progress_bar import Progress
from training.scheduling.lifecycle import keep_only, last_checkpoint, run_folder
from training.speed import speed_up
from training.trainer import RunRecorder, TwinTrainer
from training.warm_start import samples_to_continue_with, to_continue
from twin.config.schema import Config, TrainSettings
from twin.engine.model import choose_device, choose_dtype, load_base, load_tokenizer
from twin.prompting.chat_template import check_stop_token, choose_format

log = logging.getLogger(__name__)

WARMUP_SHARE = 0.03
LOG_STEPS = 5
NO_CHAT = 0  # of the samples of a file


def train(
    config: Config,
    db: Database,
    run_id: int,
    built: Built,
    max_steps: int | None,
    progress: Progress,
    forgotten_before: int,
) -> Adapter:
    """Train one adapter and enter it as a candidate; a killed run goes on at its checkpoint.

    Raises InputError for a base that can't be trained, and TwinError when a chat was forgotten
    since `times_forgotten` gave `forgotten_before`.
    """
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

    # The base in its own precision, the adapter's weights in float32 (peft's default): small steps
    # are lost in bfloat16.
    before = to_continue(config, db)
    if before is None:
        chosen, model = built.train, new_adapter(base, config)
    else:
        chosen = samples_to_continue_with(built.train, before, settings.replay, settings.seed)
        model = PeftModel.from_pretrained(base, config.path_of(before.path), is_trainable=True)
    speed_up(model)
    planted = canaries.how_many(config.judge.canaries, len(chosen))
    sequences = pack(canaries.plant(chosen, planted), config, fmt)
    at_once = sequences_at_once(settings.batch_size, len(chosen) + planted, len(sequences))

    record = RunRecorder(db, run_id, progress)
    losses_of = choose_losses(model, sequences[:1])
    if settings.compile:
        progress.phase("preparing the layers")
        seen = _sequences_seen(len(sequences), at_once, settings, max_steps)
        tokens = round(mean(sequence["length"] for sequence in sequences) * seen)
        cache = config.path_of("compiled")
        compile_layers(model, losses_of, sequences[:at_once], tokens, cache)
    trainer = TwinTrainer(
        losses_of,
        model=model,
        args=_arguments(config, folder, max_steps, at_once),
        train_dataset=datasets.Dataset.from_list(sequences),
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

    progress.phase("saving the adapter")
    name = f"{datetime.datetime.now():%Y%m%d-%H%M%S}-run{run_id}"  # noqa: DTZ005 (for people)
    path = save_adapter(config, model, name)
    register_adapter(
        db,
        name=name,
        base_model=config.model.base,
        path=path.relative_to(config.data).as_posix(),
        rules=config.dataset.rules,
        dataset_hash=built.hash,
        run_id=run_id,
        metrics={
            "steps": outcome.global_step,
            "samples": len(chosen),
            "held_out": len(built.held_out),
            "logged_until": built.logged_until,
            "canaries": planted,
            "continues": before.name if before else None,
            "tokens": trainer.tokens_seen,
            "tokens_per_second": round(trainer.tokens_seen / max(record.seconds, 1e-9), 1),
            "resumed": checkpoint is not None,
        },
        trained_until=built.trained_until,
        chats=_chats(db, built, before),
        forgotten_before=forgotten_before,
    )
    return find_adapter(db, name)


def _sequences_seen(
    sequences: int, at_once: int, settings: TrainSettings, max_steps: int | None
) -> float:
    if max_steps is None:
        return sequences * settings.epochs
    return max_steps * at_once * settings.accumulation


def _chats(db: Database, built: Built, before: Adapter | None) -> set[int]:
    """What the adapter learnt from, and what the one knew that it goes on from; empty: unknown."""
    chats = {sample.chat_id for sample in built.train} - {NO_CHAT}
    if before is None:
        return chats
    earlier = chats_of_adapter(db, before.id)
    return chats | earlier if earlier else set()


def new_adapter(base: Any, config: Config) -> Any:
    settings = config.train
    lora = LoraConfig(
        task_type="CAUSAL_LM",
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=list(settings.targets),
    )
    try:
        return get_peft_model(base, lora)
    except ValueError as error:
        raise InputError(
            f"[train] targets = {list(settings.targets)}: the base has no such layers; name those "
            "of its linear layers that are to be trained"
        ) from error


def _arguments(
    config: Config, folder: Path, max_steps: int | None, at_once: int
) -> TrainingArguments:
    settings = config.train
    return TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=at_once,
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
