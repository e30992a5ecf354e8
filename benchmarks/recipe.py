"""The blog recipe, faithfully: its Trainer settings, its collator, its unmerged inference.

What differs from the blog is what the contest must share: the base model, the prompt format and
the samples. Source of the settings: the recipe's training section, see docs/benchmarks.md.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    DataCollatorForSeq2Seq,
    PreTrainedTokenizerBase,
    Trainer,
    TrainingArguments,
)

MAX_LENGTH = 384
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def _model(base: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)


def train(
    base: Path,
    tokenizer: PreTrainedTokenizerBase,
    samples: Sequence[tuple[list[int], list[int]]],
    folder: Path,
    *,
    steps: int,
    checkpointing: bool = True,
) -> tuple[float, int]:
    """Train `steps` optimizer steps; (seconds, real tokens seen). Saves the adapter to `folder`."""
    model = _model(base)
    model.enable_input_require_grads()
    lora = LoraConfig(
        task_type=TaskType.CAUSAL_LM,
        target_modules=TARGETS,
        r=8,
        lora_alpha=32,
        lora_dropout=0.1,
    )
    model = get_peft_model(model, lora)
    rows = [
        {
            "input_ids": ids[:MAX_LENGTH],
            "attention_mask": [1] * len(ids[:MAX_LENGTH]),
            "labels": labels[:MAX_LENGTH],
        }
        for ids, labels in samples
    ]
    arguments = TrainingArguments(
        output_dir=str(folder / "trainer"),
        per_device_train_batch_size=4,
        gradient_accumulation_steps=4,
        logging_steps=10,
        max_steps=steps,
        save_steps=1000,
        learning_rate=1e-4,
        gradient_checkpointing=checkpointing,
        report_to=[],
        disable_tqdm=True,
        seed=0,
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list(rows),
        data_collator=DataCollatorForSeq2Seq(tokenizer, padding=True),
    )
    started = time.perf_counter()
    trainer.train()
    seconds = time.perf_counter() - started
    model.save_pretrained(str(folder / "adapter"))
    mean = sum(len(row["input_ids"]) for row in rows) / len(rows)
    return seconds, round(mean * 16 * steps)


def load_for_inference(base: Path, adapter: Path | None) -> Any:
    """The base with the adapter on top, not merged, as the blog runs it."""
    model = _model(base)
    return (PeftModel.from_pretrained(model, adapter) if adapter else model).eval()


def generate(model: Any, ids: list[int], new_tokens: int) -> float:
    """Greedy (`do_sample` with `top_k` 1) decoding of exactly `new_tokens`; seconds."""
    prompt = torch.tensor([ids])
    started = time.perf_counter()
    with torch.inference_mode():
        model.generate(
            input_ids=prompt,
            attention_mask=torch.ones_like(prompt),
            min_new_tokens=new_tokens,
            max_new_tokens=new_tokens,
            do_sample=True,
            top_k=1,
        )
    return time.perf_counter() - started
