"""The blog recipe to compare with: its Trainer settings, its collator, its unmerged inference.

Base model, prompt format and samples are those of all entries, not the blog's. The source of the
settings is given in docs/benchmarks.md.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from peft.utils import infer_device
from transformers import (
    AutoModelForCausalLM,
    DataCollatorForSeq2Seq,
    PreTrainedTokenizerBase,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


class StepTimer(TrainerCallback):  # type: ignore[misc]
    """Seconds from the first step to the end of the last, without the set-up."""

    def __init__(self) -> None:
        self._started = 0.0
        self.seconds = 0.0

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        self._started = time.perf_counter()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.seconds = time.perf_counter() - self._started


def train(
    base: Path,
    tokenizer: PreTrainedTokenizerBase,
    samples: Sequence[dict[str, Any]],
    folder: Path,
    *,
    checkpointing: bool = True,
) -> tuple[float, Any]:
    """One epoch over the samples (`input_ids`, `labels`; cut to length): (seconds, model)."""
    from datasets import Dataset  # of the benchmarks alone, which the tests go without

    model = _model(base)
    model.enable_input_require_grads()
    lora = LoraConfig(
        task_type=TaskType.CAUSAL_LM, target_modules=TARGETS, r=8, lora_alpha=32, lora_dropout=0.1
    )
    rows = [
        {
            "input_ids": sample["input_ids"],
            "attention_mask": [1] * len(sample["input_ids"]),
            "labels": sample["labels"],
        }
        for sample in samples
    ]
    timer = StepTimer()
    tuned = get_peft_model(model, lora)
    trainer = Trainer(
        model=tuned,
        args=_arguments(folder, checkpointing),
        train_dataset=Dataset.from_list(rows),
        data_collator=DataCollatorForSeq2Seq(tokenizer, padding=True),
        callbacks=[timer],
    )
    trainer.train()
    return timer.seconds, tuned


def _arguments(folder: Path, checkpointing: bool) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(folder / "recipe"),
        per_device_train_batch_size=4,
        gradient_accumulation_steps=4,
        logging_steps=10,
        num_train_epochs=1,
        save_steps=1000,
        learning_rate=1e-4,
        gradient_checkpointing=checkpointing,
        report_to=[],
        disable_tqdm=True,
        log_level="error",
        seed=0,
    )


def load_for_inference(base: Path, adapter: Path | None) -> Any:
    """The base with the adapter on top, not merged, as the blog runs it."""
    model = _model(base).to(infer_device())
    return (PeftModel.from_pretrained(model, adapter) if adapter else model).eval()


def generate(model: Any, ids: Sequence[int], new_tokens: int) -> None:
    """Greedy (`do_sample` with `top_k` 1) decoding of exactly `new_tokens`."""
    prompt = torch.tensor([list(ids)], device=model.device)
    with torch.inference_mode():
        model.generate(
            input_ids=prompt,
            attention_mask=torch.ones_like(prompt),
            min_new_tokens=new_tokens,
            max_new_tokens=new_tokens,
            do_sample=True,
            top_k=1,
        )


def _model(base: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
