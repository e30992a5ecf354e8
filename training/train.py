"""Train one adapter, read from top to bottom: samples → LoRA on the base model → a candidate.

LoRA: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", arXiv:2106.09685.
"""

import datetime
import shutil
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

import torch
from peft import LoraConfig, get_peft_model
from sqlite_utils import Database
from transformers import set_seed

from storage.adapters import Adapter, find_adapter, register_adapter
from training.artifacts import FOLDER, keep_only, last_checkpoint, run_folder, save_adapter
from training.compiling import compile_layers
from training.dataset.build import Built
from training.dataset.encoding import Encoded, pack, sequences_at_once
from training.evaluation import canaries
from training.launching import learn_in_processes
from training.loss import choose_losses, full_losses
from training.processes import (
    ALONE,
    Processes,
    ProcessLostError,
    forget_torchrun,
    how_many,
)
from training.progress_bar import Progress
from training.speed import speed_up
from training.trainer import (
    LittleMemory,
    RepliesFirst,
    RunRecorder,
    TwinTrainer,
    training_arguments,
)
from training.warm_start import chats_learnt, samples_to_continue_with, to_continue
from twin.config.schema import Config, TrainSettings
from twin.engine.base_check import check_base
from twin.engine.base_trial import try_base
from twin.engine.device import choose_dtype
from twin.engine.lora_layers import is_transposed, layers_to_train, not_to_train
from twin.engine.model import load_base, load_format, with_adapter
from twin.prompting.chat_template import PromptFormat


class _Material(NamedTuple):
    """`counts`: of samples and what is learnt besides; `at_once` sequences make a batch."""

    counts: dict[str, int]
    sequences: list[Encoded]
    at_once: int


class Learnt(NamedTuple):
    """The adapter's folder, figures of the training, and the chats that the adapter knows."""

    path: Path
    metrics: dict[str, Any]
    chats: set[int]


def train(
    config: Config,
    db: Database,
    run_id: int,
    built: Built,
    max_steps: int | None,
    progress: Progress,
    forgotten_before: int,
) -> Adapter:
    """Train one adapter and register it as a candidate; a killed run goes on at its checkpoint.

    Raises InputError for a base that can't be trained, and TwinError when a chat was forgotten
    since `times_forgotten` gave `forgotten_before`, or when one of several processes ended.
    """
    keep_only(run_folder(config, run_id))
    count = how_many(config)
    if count == 1:
        learnt = learn(config, db, run_id, built, max_steps, progress, ALONE)
    else:
        learnt = learn_in_processes(count, learn, config, run_id, built, max_steps, progress)
    return register(config, db, run_id, built, learnt, forgotten_before)


def learn(
    config: Config,
    db: Database,
    run_id: int,
    built: Built,
    max_steps: int | None,
    progress: Progress,
    processes: Processes,
) -> Learnt:
    """All of it but the registration, in each of the processes; the first one writes."""
    folder = run_folder(config, run_id)
    _prepare_process(config.train, processes)

    progress.phase("loading the base model")
    model, fmt, before = _begin_model(config, db, built.memory, processes)
    material = _material(config, fmt, built, before)
    checkpoint = last_checkpoint(folder)
    processes.check_same([built.hash, config.train, checkpoint, *material.sequences])
    trainer, record = _trainer(config, db, run_id, model, material, max_steps, progress, processes)
    steps = _train_from(checkpoint, trainer, record, processes)

    name = name_now(run_id)
    if processes.is_first:
        progress.phase("saving the adapter")
        save_adapter(config, model, name)
    metrics = {
        "steps": steps,
        **material.counts,
        "held_out": len(built.held_out),
        "logged_until": built.logged_until,
        "continues": before.name if before else None,
        "tokens": trainer.tokens_seen,
        "tokens_per_second": round(trainer.tokens_seen / max(record.seconds, 1e-9), 1),
        "processes": processes.size,
        "resumed": checkpoint is not None,
    }
    chats = chats_learnt(db, built.train, before)
    return Learnt(config.path_of(FOLDER, name), metrics, chats)


def _prepare_process(settings: TrainSettings, processes: Processes) -> None:
    forget_torchrun()
    if settings.threads or processes.size > 1:
        torch.set_num_threads(settings.threads or max(1, torch.get_num_threads() // processes.size))
    set_seed(settings.seed)


def _load_base(config: Config, processes: Processes) -> tuple[Any, PromptFormat]:
    """The base model in its own precision.

    The adapter's weights are in float32 (peft's default): small steps are lost in bfloat16.
    """
    check_base(config)
    shards = processes.size if processes.is_split else 1
    base = load_base(config, choose_dtype(config.model), shards)
    fmt = load_format(config)
    try_base(base, fmt)
    return base, fmt


def _begin_model(
    config: Config, db: Database, memory: bool, processes: Processes
) -> tuple[Any, PromptFormat, Adapter | None]:
    """The base with a new adapter, or with the one to go on from, which is the third then."""
    base, fmt = _load_base(config, processes)
    layers = layers_to_train(base, config.train.targets)
    before = to_continue(config, db, layers, memory=memory)
    if before is None:
        model = new_adapter(base, config)
    else:
        model = with_adapter(base, config.path_of(before.path), is_trainable=True)
    speed_up(model)
    return model, fmt, before


def new_adapter(base: Any, config: Config) -> Any:
    """The base model with LoRA layers that change nothing yet. Raises InputError."""
    settings = config.train
    layers = layers_to_train(base, settings.targets)
    lora = LoraConfig(
        task_type="CAUSAL_LM",
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=layers,
        exclude_modules=not_to_train(base, layers) or None,
        fan_in_fan_out=is_transposed(base),
    )
    return get_peft_model(base, lora)


def _material(config: Config, fmt: PromptFormat, built: Built, before: Adapter | None) -> _Material:
    settings = config.train
    samples = samples_to_continue_with(built.train, before, settings.replay, settings.seed)
    # Of a part of the samples as many as of all.
    asked = built.questions[: len(built.questions) * len(samples) // max(len(built.train), 1)]
    planted = canaries.how_many(config.judge.canaries, len(samples))
    taught = [*canaries.plant(samples, planted), *asked]
    sequences = pack(taught, config, fmt)
    at_once = sequences_at_once(settings.batch_size, len(taught), len(sequences))
    counts = {"samples": len(samples), "canaries": planted, "memory_questions": len(asked)}
    return _Material(counts, sequences, at_once)


def _trainer(
    config: Config,
    db: Database,
    run_id: int,
    model: Any,
    material: _Material,
    max_steps: int | None,
    progress: Progress,
    processes: Processes,
) -> tuple[TwinTrainer, RunRecorder]:
    sequences = material.sequences
    # Shared out, a base computes as a whole or not at all.
    losses_of = full_losses if processes.is_split else choose_losses(model, sequences[:1])
    record = RunRecorder(db, run_id, progress)
    if config.train.compile and not processes.is_split:
        progress.phase("preparing the layers")
        tokens = _tokens_to_train(material, config.train, max_steps) // processes.size
        first = sequences[: material.at_once]
        compile_layers(model, losses_of, first, tokens, config.path_of("compiled"))
    folder = run_folder(config, run_id) if processes.is_first else None
    trainer = TwinTrainer(
        losses_of,
        processes,
        model=model,
        args=training_arguments(config, folder, max_steps, material.at_once),
        train_dataset=sequences,
        callbacks=[LittleMemory(), *([RepliesFirst(config), record] if processes.is_first else [])],
    )
    return trainer, record


def _tokens_to_train(material: _Material, settings: TrainSettings, max_steps: int | None) -> int:
    """Over all epochs, or over `max_steps` steps."""
    seen = len(material.sequences) * settings.epochs
    if max_steps is not None:
        seen = max_steps * material.at_once * settings.accumulation
    length: float = mean(sequence["length"] for sequence in material.sequences)
    return round(length * seen)


def _train_from(
    checkpoint: Path | None, trainer: TwinTrainer, record: RunRecorder, processes: Processes
) -> int:
    """Train to the last step, and return its number."""
    try:
        outcome: Any = trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except ProcessLostError:
        raise
    except Exception:
        if processes.is_first and checkpoint is not None and record.step == record.first_step:
            # A checkpoint from which not one step succeeds would fail every night.
            shutil.rmtree(checkpoint.parent, ignore_errors=True)
        raise
    return int(outcome.global_step)


def name_now(run_id: int) -> str:
    """By this machine's clock: for people."""
    return f"{datetime.datetime.now():%Y%m%d-%H%M%S}-run{run_id}"  # noqa: DTZ005


def register(
    config: Config,
    db: Database,
    run_id: int,
    built: Built,
    learnt: Learnt,
    forgotten_before: int,
) -> Adapter:
    register_adapter(
        db,
        name=learnt.path.name,
        base_model=config.model.base,
        path=learnt.path.relative_to(config.data).as_posix(),
        rules=config.dataset.rules,
        dataset_hash=built.hash,
        run_id=run_id,
        metrics=learnt.metrics,
        trained_until=built.trained_until,
        chats=learnt.chats,
        forgotten_before=forgotten_before,
        memory=built.memory,
    )
    return find_adapter(db, learnt.path.name)
