"""Train with transformers' Trainer: our loss, a reproducible order, and a live record."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from sqlite_utils import Database
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_pt_utils import LengthGroupedSampler

from storage.run_progress import training_begins
from storage.runs import add_metrics
from training.loss import TOKENS_AT_ONCE, Batch, LossesOf, collate
from training.processes import ALONE, Processes
from training.progress_bar import Progress
from training.speed import trim_memory
from twin.config.schema import Config
from twin.engine.answering import wait_for_replies
from twin.engine.device import choose_device
from twin.prompting.chat_template import IGNORED

WARMUP_SHARE = 0.03
LOG_STEPS = 5
TRIM_STEPS = 8  # a step faults its memory in again then, which takes a sixth of it
PATIENCE_S = 5.0  # a step; or who writes all the time would stop a training


def training_arguments(
    config: Config, folder: Path | None, max_steps: int | None, at_once: int
) -> TrainingArguments:
    """Of a run that writes checkpoints into `folder`, if any, `at_once` sequences in a batch.

    A cosine schedule (Loshchilov and Hutter 2017, arXiv:1608.03983) after a short warm-up.
    """
    settings, device = config.train, choose_device(config.model)
    arguments = TrainingArguments(
        output_dir=str(folder) if folder else None,
        per_device_train_batch_size=at_once,
        gradient_accumulation_steps=settings.accumulation,
        num_train_epochs=settings.epochs,
        max_steps=max_steps or -1,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=WARMUP_SHARE,
        weight_decay=0.0,
        train_sampling_strategy="group_by_length",
        save_strategy="steps" if folder else "no",
        save_steps=settings.save_steps,
        save_total_limit=2,
        logging_steps=LOG_STEPS,
        logging_first_step=True,
        seed=settings.seed,
        use_cpu=device == "cpu",
        dataloader_pin_memory=False,
        remove_unused_columns=False,
        disable_tqdm=True,
        report_to=[],
        log_level="error",
    )
    # With several GPUs the library would share out each batch by itself, by a wrapper that hides
    # the model from our loss.
    arguments._n_gpu = min(arguments.n_gpu, 1)
    if device.startswith("cuda:"):
        _compute_on(arguments, torch.device(device))
    return arguments


def _compute_on(arguments: TrainingArguments, device: torch.device) -> None:
    """On that one of several GPUs: of itself the library moves every model to the first.

    Both keep what they found: the library, and accelerate below it.
    """
    arguments.__dict__["_setup_devices"] = arguments.distributed_state.device = device
    torch.cuda.set_device(device)


class GroupedByLength(LengthGroupedSampler):  # type: ignore[misc]
    """Sequences of one length together, in an order that depends on seed and epoch alone.

    The library draws the order from the global generator, which stands elsewhere after a resume:
    some sequences would be seen twice and others never.
    """

    def __init__(self, batch_size: int, lengths: list[int], seed: int) -> None:
        super().__init__(batch_size, lengths=lengths, generator=torch.Generator())
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self._epoch = int(epoch)

    def __iter__(self) -> Iterator[int]:
        self.generator.manual_seed(self._seed + self._epoch)
        order: Iterator[int] = super().__iter__()
        return order


class TwinTrainer(Trainer):  # type: ignore[misc]
    """Logits and loss at label positions only, each sequence by its weight; counts the tokens.

    Each of several processes has a trainer that knows of no other: it goes through all batches and
    computes its share of each.
    """

    def __init__(self, losses_of: LossesOf, processes: Processes = ALONE, **options: Any) -> None:
        super().__init__(data_collator=collate, **options)
        self.remove_callback(PrinterCallback)
        # Ask for the number of labels in the whole accumulated batch, and say that we used it.
        self.model_accepts_loss_kwargs = True
        self.loss_is_scaled_for_ga = True
        self.tokens_seen = 0
        self._losses_of = losses_of
        self._processes = processes

    def _get_train_sampler(self, train_dataset: Any = None) -> GroupedByLength:
        data: Any = self.train_dataset if train_dataset is None else train_dataset
        batch = self.args.train_batch_size * self.args.gradient_accumulation_steps
        return GroupedByLength(batch, [each["length"] for each in data], self.args.seed)

    def training_step(
        self,
        model: Any,
        inputs: Batch,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> torch.Tensor:
        """A batch of long sequences goes through in parts, whose gradients add up to its own.

        The loss of the batch, over all processes, divided by the labels of the whole step.
        """
        if num_items_in_batch is None:
            num_items_in_batch = int((inputs["labels"] != IGNORED).sum())
        self.tokens_seen += int(inputs["attention_mask"].sum())
        loss = torch.zeros((), device=self.args.device)
        for part in self._processes.parts_of(inputs, TOKENS_AT_ONCE):
            loss += super().training_step(model, part, num_items_in_batch)
        if self.accelerator.sync_gradients:  # the last batch of a step
            self._processes.add_up_gradients(model)
        return self._processes.sum(loss)

    def compute_loss(
        self,
        model: Any,
        inputs: Batch,
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> torch.Tensor:
        """The weighted sum over the part's label tokens, divided by those of the whole batch."""
        losses, sequences = self._losses_of(model, inputs)
        total: torch.Tensor = (losses * inputs["weights"][sequences]).sum()
        return total / (len(losses) if num_items_in_batch is None else num_items_in_batch)


class LittleMemory(TrainerCallback):  # type: ignore[misc]
    """Now and then gives back what malloc keeps between steps of other lengths."""

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step % TRIM_STEPS == 0:
            trim_memory()


class RepliesFirst(TrainerCallback):  # type: ignore[misc]
    """Between two steps, lets a reply that is computed have the processor: a friend waits for it.

    Both at once take longer than one after the other. Priorities can't do it: a training that
    somebody waits for has the usual one, and who lowered theirs can't raise it again.
    """

    def __init__(self, config: Config) -> None:
        self._config = config

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        wait_for_replies(self._config, PATIENCE_S)


class RunRecorder(TrainerCallback):  # type: ignore[misc]
    """Writes the run's curve to the database, and moves the progress bar.

    `seconds`: from here to the last step, so that compiling counts as training.
    """

    def __init__(self, db: Database, run_id: int, progress: Progress) -> None:
        self._db = db
        self._run_id = run_id
        self._progress = progress
        self._started = time.perf_counter()
        self.first_step = 0
        self.step = 0
        self.seconds = 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.first_step = self.step = state.global_step
        self._progress.steps(state.global_step, state.max_steps)
        training_begins(self._db, self._run_id, state.global_step, state.max_steps)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.step = state.global_step
        self.seconds = time.perf_counter() - self._started
        self._progress.step(state.global_step)
        if state.global_step == state.max_steps:  # who watches is told that training is over
            control.should_log = True

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any
    ) -> None:
        kept = {k: float(v) for k, v in (logs or {}).items() if k in ("loss", "learning_rate")}
        if kept:
            add_metrics(self._db, self._run_id, state.global_step, kept)
        if "loss" in kept:
            self._progress.loss(kept["loss"])
