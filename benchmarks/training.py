"""The training entries of `make bench`: seconds, tokens and held-out loss of each trainer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase

from benchmarks import recipe, shared_inputs
from storage.database import open_database
from training.run import run_training
from training.train import new_adapter
from twin.config.schema import Config, TrainSettings
from twin.engine.base_models import resolve_base
from twin.engine.device import choose_dtype
from twin.engine.model import load_base, load_tokenizer, load_torch_model

Result = dict[str, float]


def train_recipe(config: Config, *, checkpointing: bool = True) -> Result:
    samples = shared_inputs.encoded(config)
    seconds, model = recipe.train(
        resolve_base(config),
        load_tokenizer(config),
        samples,
        config.path_of("recipe-runs"),
        checkpointing=checkpointing,
    )
    return _result(seconds, samples) | {"held_out": shared_inputs.held_out_loss(config, model)}


def train_recipe_without_checkpointing(config: Config) -> Result:
    return train_recipe(config, checkpointing=False)


def train_trl(config: Config) -> Result:
    samples = shared_inputs.encoded(config)
    model = new_adapter(load_base(config, choose_dtype(config.model)), config)
    tokenizer, folder = load_tokenizer(config), config.path_of("trl-runs")
    seconds = _train_with_trl(model, tokenizer, samples, folder, config.train)
    return _result(seconds, samples) | {"held_out": shared_inputs.held_out_loss(config, model)}


def train_ours(config: Config) -> Result:
    db = open_database(config.database)
    alpaca = config.path_of("samples.json")
    result = run_training(config, db, "benchmark", alpaca=alpaca, show=False)
    model = load_torch_model(config, config.path_of("adapters", result["adapter"]))
    seconds = result["tokens"] / result["tokens_per_second"]
    loss = shared_inputs.held_out_loss(config, model.network)
    return {"seconds": seconds, "tokens": result["tokens"], "held_out": loss}


def _result(seconds: float, samples: list[dict[str, Any]]) -> Result:
    tokens = sum(len(sample["input_ids"]) for sample in samples)
    return {"seconds": seconds, "tokens": tokens}


def _train_with_trl(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    samples: Sequence[dict[str, Any]],
    folder: Path,
    settings: TrainSettings,
) -> float:
    """Seconds of one epoch over the samples (`input_ids`, `labels`); `model` has its LoRA.

    The settings that were found to be TRL's fastest on two cores. The samples come with labels, so
    it trains on the owner's answers only, with our LoRA settings and schedule. Packing needs an
    attention kernel that keeps samples apart, which processors lack; grouping by length is used
    instead. bfloat16 by autocast, in which the adapter is multiplied too.
    """
    from datasets import Dataset
    from trl import SFTTrainer

    timer = recipe.StepTimer()
    rows = [{"input_ids": one["input_ids"], "labels": one["labels"]} for one in samples]
    trainer = SFTTrainer(
        model=model,
        args=_trl_arguments(folder, settings),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        callbacks=[timer],
    )
    trainer.train()
    return timer.seconds


def _trl_arguments(folder: Path, settings: TrainSettings) -> Any:
    from trl import SFTConfig

    return SFTConfig(
        output_dir=str(folder),
        per_device_train_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulation,
        num_train_epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=0.03,
        train_sampling_strategy="group_by_length",
        gradient_checkpointing=False,
        bf16=True,
        use_cpu=not torch.cuda.is_available(),
        max_length=settings.max_tokens,
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        log_level="error",
        seed=settings.seed,
    )
