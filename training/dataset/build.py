"""Build the training samples from the log, and report what became of every message."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage.adapters import Adapter
from training.dataset.alpaca import read_alpaca
from training.dataset.chat_samples import gather_chats, make_samples
from training.dataset.memory_questions import question_samples
from training.dataset.message_report import (
    FATES,
    MessageReport,
    count_masked,
    count_untaught,
    report_messages,
)
from training.dataset.sample_memory import add_memory, has_lines, without_memory
from training.dataset.samples import Sample
from training.progress_bar import Progress
from twin.clock import zone_of
from twin.config.schema import Config
from twin.privacy.learning import waiting_for_consent


@dataclass(frozen=True)
class Built:
    """Every sample, oldest first; those held out, the newest, are never trained on.

    `report`: totals, as `dataset build --json` shows them. `messages` has them by chat and month;
    it is None for a file, which holds samples and no messages. `questions` are made up of what is
    trained on and learnt besides it (see `question_samples`): they are nobody's messages.
    """

    train: Sequence[Sample]
    held_out: Sequence[Sample]
    report: dict[str, Any]
    hash: str
    messages: MessageReport | None = None
    questions: Sequence[Sample] = ()

    @property
    def memory(self) -> bool:
        """Whether the samples show what was said earlier."""
        return any(sample.memory for sample in (*self.train, *self.held_out))

    def as_shown_to(self, adapter: Adapter) -> "Built":
        """The same samples; without what was said earlier if the adapter learnt without it."""
        if adapter.memory:
            return self
        train, held_out = without_memory(self.train), without_memory(self.held_out)
        return replace(self, train=train, held_out=held_out)

    @property
    def trained_until(self) -> int | None:
        """When the newest answer to train on was given; None for a file, which has no times."""
        return self.train[-1].answered_at if self.train and self.messages else None

    @property
    def logged_until(self) -> int | None:
        """When the newest answer of all was given; None for a file."""
        newest = [*self.train[-1:], *self.held_out[-1:]]
        return newest[-1].answered_at if newest and self.messages else None


def build(db: Database, config: Config, progress: Progress | None = None) -> Built:
    """Pair every chat by itself, filter the answers, and report what became of every message."""
    chats = gather_chats(db, config)
    samples = add_memory(db, config, chats, make_samples(chats, config), progress)
    messages = report_messages(chats, zone_of(config.schedule))
    report = {
        "chats": len(chats),
        "messages": sum(map(messages.total, FATES)),
        "target": messages.total("target"),
        "context": messages.total("context"),
        "masked": count_masked(samples),
        "dropped": messages.dropped,
        "untaught": count_untaught(chats),
        "chats_without_consent": waiting_for_consent(db, config),
    }
    if config.memory.enabled:
        report["with_memory"] = sum(map(has_lines, samples))
    return _built(samples, config, report, messages)


def build_from_alpaca(path: Path, config: Config) -> Built:
    """A ready file (see `read_alpaca`) instead of the log; its last answers are held out."""
    return _built(read_alpaca(path, config), config, {"file": str(path)})


def _built(
    samples: Sequence[Sample],
    config: Config,
    report: dict[str, Any],
    messages: MessageReport | None = None,
) -> Built:
    rules = config.dataset
    held_out = min(rules.max_held_out, round(len(samples) * rules.held_out))
    taught = len(samples) - held_out
    report |= {"answers": len(samples), "train": taught, "held_out": held_out}
    questions: list[Sample] = []
    if messages and config.memory.enabled:  # a file's rows were chosen by whoever wrote it
        questions = question_samples(samples[:taught], config)
        report["memory_questions"] = len(questions)
    digest = hash_of([*samples, *questions], (rules.rules, held_out))
    return Built(samples[:taught], samples[taught:], report, digest, messages, questions)


def hash_of(samples: Sequence[Sample], settings: tuple[str, int]) -> str:
    """The same for the same log and settings, so that an unchanged night is not trained again."""
    digest = hashlib.blake2b(repr(settings).encode(), digest_size=16)
    for sample in samples:
        # A sample was called a row when the first of these hashes were stored.
        row = f"Row{repr(sample).removeprefix('Sample')}"
        digest.update(row.encode("utf-8", "surrogatepass"))
        digest.update(sample.memory.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
