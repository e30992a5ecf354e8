"""TRL's SFTTrainer, at the settings that were found to be its fastest on two cores.

The samples come with labels, so it learns the owner's answers alone; ours is its LoRA and its plan.
Packing needs an attention kernel that keeps samples apart, which a processor has not: grouping by
length it is. bfloat16 by autocast, with which its adapter is multiplied in that precision too.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datasets import Dataset
from transformers import PreTrainedTokenizerBase
from trl import SFTConfig, SFTTrainer

from benchmarks.recipe import Stopwatch
from twin.config.schema import TrainSettings


def train(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    samples: Sequence[dict[str, Any]],
    folder: Path,
    settings: TrainSettings,
) -> float:
    """One epoch over the samples (`input_ids`, `labels`); seconds. `model` bears its LoRA."""
    stopwatch = Stopwatch()
    arguments = SFTConfig(
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
        use_cpu=True,
        max_length=settings.max_tokens,
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        log_level="error",
        seed=settings.seed,
    )
    rows = [{"input_ids": one["input_ids"], "labels": one["labels"]} for one in samples]
    trainer = SFTTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        callbacks=[stopwatch],
    )
    trainer.train()
    return stopwatch.seconds
